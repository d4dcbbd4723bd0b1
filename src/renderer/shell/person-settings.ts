/** What the person set in this workspace, applied to the window: appearance and keys. */
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { setKeyBindings } from '../commands/registry.ts';
import { useTRPC } from '../rpc/client.ts';
import { setAppearance } from '../theme/appearance.ts';

export function usePersonSettings(): void {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.workspace.settings.queryOptions());
  useEffect(() => {
    if (data === undefined) return;
    const { theme, contrast, motion, keys } = data;
    setAppearance({ theme, contrast, motion });
    setKeyBindings(
      Object.fromEntries(
        Object.entries(keys).map(([id, chord]) => [id, chord === null ? [] : [chord]]),
      ),
    );
  }, [data]);
}
