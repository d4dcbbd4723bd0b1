/** States of a run as shapes and words: a state comes in, what the window shows for it goes out. */
import type { RunState } from '../../../shared/model/app-run.ts';
import type { QueueState } from '../../../shared/model/run-queue.ts';
import type { StatusKind } from '../../parts/chip.tsx';

const KINDS: Readonly<Record<QueueState, StatusKind>> = {
  waiting: 'waiting',
  starting: 'running',
  running: 'running',
  stopping: 'running',
  paused: 'paused',
  finished: 'finished',
  failed: 'failed',
  cancelled: 'attention',
  interrupted: 'attention',
  blocked: 'attention',
  removed: 'stale',
};

export function statusKind(state: QueueState): StatusKind {
  return KINDS[state];
}

/** A process holds it: it can be paused, changed, stopped. */
export function isGoing(state: RunState): boolean {
  return state === 'starting' || state === 'running' || state === 'paused' || state === 'stopping';
}

/** Scores in the order in which they say most about a run. */
const SCORES = ['evaluation/accuracy', 'reward/mean', 'objective/pair_accuracy', 'objective/loss'];

/** The number that stands for a run in a list. */
export function scoreOf(
  latest: Readonly<Record<string, number | null>>,
): { readonly metric: string; readonly value: number } | undefined {
  for (const metric of SCORES) {
    const value = latest[metric];
    if (value !== undefined && value !== null) return { metric, value };
  }
  return undefined;
}
