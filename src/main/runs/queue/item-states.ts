/** Small answers about queue items: waiting again, what went wrong, how much disk is left. */
import { statfsSync } from 'node:fs';
import { LabError } from '../../../shared/errors.ts';
import type { QueueGate, QueueItem, QueueState, RunPlan } from '../../../shared/model/run-queue.ts';

/** What a person may change of an item that waits. */
export interface QueuedChange {
  readonly id: string;
  readonly name?: string | undefined;
  readonly plan?: RunPlan | undefined;
  readonly startsAt?: number | null | undefined;
  readonly gate?: QueueGate | null | undefined;
  readonly onError?: 'stop' | 'continue' | undefined;
  readonly after?: string | null | undefined;
}

/** States a person can change an item in. */
export const EDITABLE: ReadonlySet<QueueState> = new Set<QueueState>([
  'waiting',
  'blocked',
  'removed',
  'finished',
  'failed',
  'cancelled',
  'interrupted',
]);

export function again(item: QueueItem): QueueItem {
  return {
    ...item,
    status: 'waiting',
    reason: null,
    startedAt: null,
    endedAt: null,
    error: null,
    startsAt: null,
  };
}

export function withoutStack(error: LabError): QueueItem['error'] {
  // A stack names paths of this machine and helps nobody in a window.
  const { stack: _, ...wire } = error.toWire();
  return wire;
}

export function missing(id: string): LabError {
  return new LabError('queue/missing', `[queue] nothing with the id ${id.slice(0, 60)} is in it`);
}

export function busy(item: QueueItem): LabError {
  return new LabError(
    'queue/busy',
    `[queue] ${item.name} is ${item.status}, expected one that waits`,
  );
}

export function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
