/**
 * What the page of a run reads. A run id comes in; its summary, events, health, stages go out, kept
 * true by the run's own subscription: every event is appended as it happens, and what a new step
 * changes is asked again at most once a second, less often where drawing it takes long.
 */
import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSubscription } from '@trpc/tanstack-react-query';
import { useEffect, useRef, useState } from 'react';
import type { RunEventRow, RunLiveStatus, RunSummary } from '../../../shared/model/app-run.ts';
import { useTRPC } from '../../rpc/client.ts';
import { OWN_LIVE } from '../../rpc/live-queries.tsx';

/** Least time between two looks at curves, health and stages of a run that is going. */
const REFRESH_MS = 1000;
/** And this many times what drawing the last look took, so that fast runs leave the window free. */
const REST = 3;
/** Events of one run that the window holds. */
const MOST_EVENTS = 5000;

export function useRunSummary(run: string) {
  const trpc = useTRPC();
  return useQuery(trpc.runs.get.queryOptions({ run }));
}

export function useRunEvents(run: string) {
  const trpc = useTRPC();
  return useQuery(trpc.runs.events.queryOptions({ run, limit: MOST_EVENTS }, OWN_LIVE));
}

/** The live numbers laid over the summary. */
export function withLive(summary: RunSummary, live: RunLiveStatus | undefined): RunSummary {
  if (live === undefined) return summary;
  const { status, step, steps, secondsPerStep, etaSeconds, tokensPerSecond, latest, error } = live;
  return {
    ...summary,
    status,
    step,
    steps,
    secondsPerStep,
    etaSeconds,
    tokensPerSecond,
    latest,
    error,
  };
}

/**
 * Listens to a run while the page is shown.
 * @returns where it stands; undefined before its first word
 */
export function useRunLive(run: string): RunLiveStatus | undefined {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const events = useRunEvents(run);
  const [live, setLive] = useState<{ readonly run: string; readonly status: RunLiveStatus }>();
  const refresh = useThrottled(async () => {
    const { series, health, stages, catalog } = trpc.runs;
    await Promise.all(
      [series, health, stages, catalog].map((procedure) =>
        queries.invalidateQueries({ queryKey: procedure.pathKey() }),
      ),
    );
  });
  // The subscription starts behind the events that the query has; it must not start again for each.
  const [after, setAfter] = useState<{ readonly run: string; readonly seq: number }>();
  const last = events.data?.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (events.isSuccess) setAfter((known) => (known?.run === run ? known : { run, seq: last }));
  }, [events.isSuccess, run, last]);
  useSubscription(
    trpc.runs.watch.subscriptionOptions(
      after?.run === run ? { run, after: after.seq } : skipToken,
      {
        onData({ data }) {
          if (data.type === 'status') {
            setLive((before) => {
              if (before?.run !== run || isNewStep(before.status, data.status)) refresh();
              return { run, status: data.status };
            });
            return;
          }
          queries.setQueryData<RunEventRow[]>(
            trpc.runs.events.queryKey({ run, limit: MOST_EVENTS }),
            (known) => withEvent(known ?? [], data.event),
          );
          if (data.event.kind === 'checkpoint') {
            void queries.invalidateQueries({ queryKey: trpc.runs.checkpoints.pathKey() });
          }
          if (data.event.kind !== 'metrics') {
            void queries.invalidateQueries({ queryKey: trpc.runs.get.queryKey({ run }) });
          }
          refresh();
        },
      },
    ),
  );
  return live?.run === run ? live.status : undefined;
}

function isNewStep(before: RunLiveStatus, after: RunLiveStatus): boolean {
  return before.step !== after.step || before.status !== after.status;
}

/** Once, in order: a reconnect may repeat the last one. */
export function withEvent(known: RunEventRow[], event: RunEventRow): RunEventRow[] {
  const last = known.at(-1)?.seq ?? 0;
  return event.seq > last ? [...known, event].slice(-MOST_EVENTS) : known;
}

/** Calls `action` at once, then no sooner than it rests; a call in between is made up for at the end. */
function useThrottled(action: () => Promise<unknown>): () => void {
  const latest = useRef(action);
  const timer = useRef<number | undefined>(undefined);
  const isDue = useRef(false);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  const [throttled] = useState(() => {
    const tick = async () => {
      if (!isDue.current) {
        timer.current = undefined;
        return;
      }
      isDue.current = false;
      const start = performance.now();
      await latest.current().catch(() => undefined);
      const answered = performance.now();
      // A task of its own, so that what came has been drawn.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const drawing = performance.now() - answered;
      const rest = Math.max(REFRESH_MS, answered - start, REST * drawing);
      timer.current = window.setTimeout(() => void tick(), rest);
    };
    return () => {
      isDue.current = true;
      timer.current ??= window.setTimeout(() => void tick(), 0);
    };
  });
  return throttled;
}
