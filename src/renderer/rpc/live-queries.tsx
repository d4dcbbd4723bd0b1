/**
 * Keeps what is shown true: main counts changes by room, and every query of a changed room is asked
 * again, at most four times a second.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useEffect, useRef } from 'react';
import { useTRPC } from './client.ts';

const COALESCE_MS = 250;

/**
 * For queries that their page keeps true itself, from a subscription of its own: a room's counter says
 * nothing about them.
 */
export const OWN_LIVE = { meta: { isOwnLive: true }, refetchOnMount: 'always' } as const;

/** Mounted once, in the shell. */
export function useLiveQueries(): void {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const pending = useRef(new Set<string>());
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useSubscription(
    trpc.workspace.watch.subscriptionOptions(undefined, {
      onData({ data: { room } }) {
        pending.current.add(room);
        timer.current ??= window.setTimeout(() => {
          const rooms = pending.current;
          pending.current = new Set();
          timer.current = undefined;
          void queries.invalidateQueries({
            predicate: ({ queryKey, meta }) =>
              rooms.has(roomOf(queryKey)) && meta?.['isOwnLive'] !== true,
          });
        }, COALESCE_MS);
      },
    }),
  );
}

/** tRPC keys begin with the path of the procedure: [['datasets', 'list'], ...]. */
function roomOf(key: readonly unknown[]): string {
  const [path] = key;
  return Array.isArray(path) ? String(path[0]) : '';
}
