/**
 * A run that ended becomes an item of the queue again: the one that made it, or a new one for a run of
 * the command line. Its folder says all the rest.
 */
import { randomUUID } from 'node:crypto';
import { LabError } from '../../../shared/errors.ts';
import type { QueueItem } from '../../../shared/model/run-queue.ts';
import type { IndexedRun } from '../index/run-store.ts';
import { hashOf } from './freeze.ts';

/** @throws LabError `run/missing` for a run that no recipe started */
export function resumeItem(
  run: IndexedRun,
  made: QueueItem | undefined,
  steps: number | undefined,
  name: string,
): QueueItem {
  const { recipe } = run.record.config;
  if (typeof recipe !== 'string') {
    throw new LabError('run/missing', `[run] ${run.id} was not started by a recipe`, {
      hint: 'Start a new run from one of its checkpoints.',
    });
  }
  if (made !== undefined && made.plan.kind === 'train') {
    const { steps: _, ...plan } = made.plan;
    // The frozen configuration already has the planned steps; only a new end is said again.
    return {
      ...made,
      plan: steps === undefined ? plan : { ...plan, steps },
      gate: null,
      after: null,
    };
  }
  const { config } = run.record;
  return {
    id: randomUUID().slice(0, 8),
    name,
    kind: 'train',
    config: { ...config },
    configHash: hashOf({ config, model: null }),
    plan: {
      kind: 'train',
      recipe,
      set: {},
      device: 'auto',
      ...(steps === undefined ? {} : { steps }),
    },
    position: 0,
    startsAt: null,
    gate: null,
    onError: 'continue',
    after: null,
    status: 'waiting',
    reason: null,
    expected: null,
    run: run.id,
    createdAt: Date.now(),
    startedAt: null,
    endedAt: null,
    error: null,
  };
}
