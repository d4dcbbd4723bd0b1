/** The person's settings of this workspace, and a way to change some of them. */
import { useMutation, useQuery } from '@tanstack/react-query';
import type { SettingsChange } from '../../../shared/model/workspace.ts';
import { useTRPC } from '../../rpc/client.ts';

export function useSettings() {
  const trpc = useTRPC();
  const current = useQuery(trpc.workspace.settings.queryOptions());
  const change = useMutation(trpc.workspace.setSettings.mutationOptions());
  return {
    settings: current.data,
    error: change.error ?? current.error,
    change: (next: SettingsChange) => change.mutate(next),
  };
}
