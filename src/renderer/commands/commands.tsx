/** Mounted once around the app: hears every key, and holds the palette and the key sheet. */
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { text } from '../strings/shell.ts';
import { KeySheet } from './key-sheet.tsx';
import { Palette } from './palette.tsx';
import { type Command, commandFor, useCommands } from './registry.ts';

export function CommandsProvider({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<'palette' | 'keys' | undefined>();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      const command = commandFor(event);
      if (command === undefined) return;
      event.preventDefault();
      if (command.blocked === undefined) command.run();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  const own = useMemo<Command[]>(
    () => [
      {
        id: 'app.palette',
        title: text.openPalette,
        group: text.groupEverywhere,
        keys: ['Mod+K', 'Mod+P'],
        isQuiet: true,
        run: () => setShown('palette'),
      },
      {
        id: 'app.keys',
        title: text.showKeys,
        group: text.groupEverywhere,
        keys: ['?'],
        run: () => setShown('keys'),
      },
    ],
    [],
  );
  useCommands(own);
  const close = () => setShown(undefined);
  return (
    <>
      {children}
      <Palette isOpen={shown === 'palette'} onClose={close} />
      <KeySheet isOpen={shown === 'keys'} onClose={close} />
    </>
  );
}
