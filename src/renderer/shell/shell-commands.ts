/** Commands that exist on every page: areas by number, undo and redo, light and dark. */
import { useMutation } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type Command, useCommands } from '../commands/registry.ts';
import { useTRPC } from '../rpc/client.ts';
import { text } from '../strings/shell.ts';
import { useAppearance } from '../theme/appearance.ts';
import { areas } from '../views/areas.ts';
import { useGo } from './location.ts';
import { say } from './undo-bar.tsx';

export function useShellCommands(): void {
  const trpc = useTRPC();
  const go = useGo();
  const { resolved } = useAppearance();
  const saySo = (label: { readonly label: string | null }) =>
    say(label.label ?? text.nothingToUndo);
  const { mutate: undo } = useMutation(trpc.workspace.undo.mutationOptions({ onSuccess: saySo }));
  const { mutate: redo } = useMutation(trpc.workspace.redo.mutationOptions({ onSuccess: saySo }));
  const { mutate: setSettings } = useMutation(trpc.workspace.setSettings.mutationOptions());
  const commands = useMemo<Command[]>(
    () => [
      ...areas
        .filter(({ isFoot }) => isFoot !== true)
        .map((area, index) => ({
          id: `go.${area.id}`,
          title: text.goTo(area.title),
          group: text.groupEverywhere,
          keys: [`Mod+${index + 1}`, `Alt+${index + 1}`],
          // The palette lists areas as places.
          isQuiet: true,
          run: () => go(area.path),
        })),
      {
        id: 'go.settings',
        title: text.goTo('Settings'),
        group: text.groupEverywhere,
        keys: ['Mod+,'],
        isQuiet: true,
        run: () => go('/settings'),
      },
      {
        id: 'edit.undo',
        title: text.undoLast,
        group: text.groupEverywhere,
        keys: ['Mod+Z'],
        run: () => undo(),
      },
      {
        id: 'edit.redo',
        title: text.redoLast,
        group: text.groupEverywhere,
        keys: ['Mod+Shift+Z', 'Mod+Y'],
        run: () => redo(),
      },
      {
        id: 'view.theme',
        title: text.toggleTheme,
        group: text.groupEverywhere,
        run: () => setSettings({ theme: resolved === 'dark' ? 'light' : 'dark' }),
      },
    ],
    [go, resolved, undo, redo, setSettings],
  );
  useCommands(commands);
}
