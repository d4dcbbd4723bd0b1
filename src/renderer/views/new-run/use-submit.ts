/** Puts the draft into the queue, and follows it to its page as soon as it trains. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ExpectedCost, TrainPlan } from '../../../shared/model/run-queue.ts';
import { useTRPC } from '../../rpc/client.ts';
import { useGo } from '../../shell/location.ts';
import { say } from '../../shell/undo-bar.tsx';
import { text } from '../../strings/new-run.ts';
import { forgetDraft } from './use-draft.ts';

export interface SubmitState {
  /** `isFirst`: before everything that waits, and the queue goes on. */
  readonly send: (how: { readonly isFirst: boolean }) => void;
  readonly isPending: boolean;
  readonly error: unknown;
}

export function useSubmit(
  name: string,
  plan: TrainPlan,
  expected: ExpectedCost | null,
): SubmitState {
  const trpc = useTRPC();
  const go = useGo();
  const [followed, setFollowed] = useState<string>();
  const startQueue = useMutation(trpc.runs.startQueue.mutationOptions());
  const enqueue = useMutation(trpc.runs.enqueue.mutationOptions());
  const queue = useQuery(
    trpc.runs.queue.queryOptions(undefined, {
      enabled: followed !== undefined,
      refetchInterval: followed === undefined ? false : 500,
    }),
  );
  const item = queue.data?.items.find(({ id }) => id === followed);
  const isBehind = queue.data?.items.some(
    ({ id, status }) =>
      id !== followed && (status === 'running' || status === 'starting' || status === 'paused'),
  );
  const failed = item?.status === 'failed' ? item.error : null;
  useEffect(() => {
    if (followed === undefined || item === undefined) return;
    if (item.run !== null) go(`/runs/${item.run}`);
    else if (isBehind === true || item.status === 'blocked')
      go('/runs', { search: { queued: item.id } });
  }, [followed, item, isBehind, go]);
  return {
    send: ({ isFirst }) =>
      enqueue.mutate(
        { entries: [{ name, plan, expected }], isFirst },
        {
          onSuccess: ([added]) => {
            forgetDraft();
            if (!isFirst || added === undefined) {
              say(text.queued(name));
              go('/runs', { search: { queued: added?.id } });
              return;
            }
            startQueue.mutate(undefined, { onSuccess: () => setFollowed(added.id) });
          },
        },
      ),
    isPending:
      enqueue.isPending || startQueue.isPending || (followed !== undefined && failed === null),
    error: enqueue.error ?? startQueue.error ?? failed,
  };
}
