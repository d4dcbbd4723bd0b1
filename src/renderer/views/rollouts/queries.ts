/** What the rollout board asks of main. */
import { useQuery } from '@tanstack/react-query';
import type { GroupFilter, RolloutQueryInput } from '../../../shared/model/rollout.ts';
import { useTRPC } from '../../rpc/client.ts';

export function useSteps(run: string) {
  return useQuery(useTRPC().rollouts.steps.queryOptions({ run }, { enabled: run !== '' }));
}

export function useGroups(run: string, step: number | undefined, filter: GroupFilter) {
  return useQuery(
    useTRPC().rollouts.groups.queryOptions(
      { run, step: step ?? 0, filter },
      { enabled: run !== '' && step !== undefined, placeholderData: (previous) => previous },
    ),
  );
}

export function useGroup(run: string, step: number | undefined, prompt: string | undefined) {
  return useQuery(
    useTRPC().rollouts.group.queryOptions(
      { run, step: step ?? 0, prompt: prompt ?? '' },
      {
        enabled: run !== '' && step !== undefined && prompt !== undefined,
        placeholderData: (previous) => previous,
      },
    ),
  );
}

export function useThrough(run: string, prompt: string | undefined) {
  return useQuery(
    useTRPC().rollouts.through.queryOptions(
      { run, prompt: prompt ?? '' },
      { enabled: run !== '' && prompt !== undefined, placeholderData: (previous) => previous },
    ),
  );
}

export function useWatched(run: string) {
  return useQuery(useTRPC().rollouts.watched.queryOptions({ run }, { enabled: run !== '' }));
}

export function useBugViews(run: string) {
  return useQuery(useTRPC().rollouts.bugViews.queryOptions({ run }, { enabled: run !== '' }));
}

export function useHits(query: RolloutQueryInput, isEnabled: boolean) {
  return useQuery(
    useTRPC().rollouts.search.queryOptions(
      { ...query, limit: 200 },
      { enabled: isEnabled, placeholderData: (previous) => previous },
    ),
  );
}

/** Log probabilities under other weights: asked of the engine only where a colour needs them. */
export function useColumns(
  group: { readonly run: string; readonly step: number; readonly prompt: string },
  isEnabled: boolean,
) {
  return useQuery(useTRPC().rollouts.columns.queryOptions(group, { enabled: isEnabled }));
}
