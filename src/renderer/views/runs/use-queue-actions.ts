/** What a person can do with the queue; after each of it the queue is asked again. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '../../rpc/client.ts';

export interface QueueActions {
  /** Puts an item before another; null = last. */
  readonly move: (id: string, before: string | null) => void;
  readonly remove: (id: string) => void;
  readonly retry: (id: string) => void;
  readonly start: () => void;
  readonly pause: () => void;
  readonly error: unknown;
  readonly clear: () => void;
}

export function useQueueActions(): QueueActions {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: trpc.runs.queue.queryKey() });
  const reorder = useMutation(trpc.runs.reorder.mutationOptions({ onSuccess }));
  const remove = useMutation(trpc.runs.removeQueued.mutationOptions({ onSuccess }));
  const retry = useMutation(trpc.runs.retryQueued.mutationOptions({ onSuccess }));
  const start = useMutation(trpc.runs.startQueue.mutationOptions({ onSuccess }));
  const pause = useMutation(trpc.runs.pauseQueue.mutationOptions({ onSuccess }));
  const all = [reorder, remove, retry, start, pause];
  return {
    move: (id, before) => reorder.mutate({ id, before }),
    remove: (id) => remove.mutate({ id }),
    retry: (id) => retry.mutate({ id }),
    start: () => start.mutate(),
    pause: () => pause.mutate(),
    error: all.find(({ error }) => error !== null)?.error ?? null,
    clear: () => {
      for (const mutation of all) mutation.reset();
    },
  };
}
