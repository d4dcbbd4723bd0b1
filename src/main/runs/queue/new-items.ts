/** Entries a person put in become items: each after the one before it, unless it says otherwise. */
import { randomUUID } from 'node:crypto';
import type { EnqueueEntry, ExpectedCost, QueueItem } from '../../../shared/model/run-queue.ts';
import type { Frozen } from './freeze.ts';

export interface NewItemsOptions {
  /** Position of the first one. */
  readonly start: number;
  /** @throws LabError `queue/missing` */
  known(id: string): string;
  /** What a dry run of the same configuration measured. */
  expectedOf(hash: string): ExpectedCost | null;
}

export function newItems(
  entries: readonly EnqueueEntry[],
  frozen: readonly Frozen[],
  options: NewItemsOptions,
): QueueItem[] {
  const ids = entries.map(() => randomUUID().slice(0, 8));
  return entries.map((entry, i): QueueItem => {
    const { config, hash } = frozen[i] ?? { config: {}, hash: '' };
    const { after } = entry;
    return {
      id: ids[i] ?? '',
      name: entry.name,
      kind: entry.plan.kind,
      config,
      configHash: hash,
      plan: entry.plan,
      position: options.start + i,
      startsAt: entry.startsAt,
      gate: entry.gate,
      onError: entry.onError,
      after:
        after === undefined ? (ids[i - 1] ?? null) : after === null ? null : options.known(after),
      status: 'waiting',
      reason: null,
      expected: entry.expected ?? options.expectedOf(hash),
      run: null,
      createdAt: Date.now(),
      startedAt: null,
      endedAt: null,
      error: null,
    };
  });
}
