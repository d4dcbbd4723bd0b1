/**
 * Which item of the queue starts next, and why the others wait. Comes in: items in order, what ended,
 * the clock. Goes out: for every waiting item `ready`, `wait` or `blocked` with the reason in words.
 */
import type { QueueGate, QueueItem } from '../../../shared/model/run-queue.ts';

export type Verdict =
  | { readonly kind: 'ready' }
  | { readonly kind: 'wait'; readonly reason: string | null; readonly until?: number }
  | { readonly kind: 'blocked'; readonly reason: string };

export interface Surroundings {
  readonly now: number;
  /** The item it comes after: the one it names, else the one before it. */
  previousOf(item: QueueItem): QueueItem | undefined;
  get(id: string): QueueItem | undefined;
  /** Value of a metric of what an item made; undefined when it never reported it. */
  valueOf(item: QueueItem, gate: QueueGate): number | undefined;
}

const ENDED_WELL = new Set(['finished']);
const ENDED_BADLY = new Set(['failed', 'blocked', 'removed', 'cancelled', 'interrupted']);

export function judge(item: QueueItem, around: Surroundings): Verdict {
  const after = item.after === null ? undefined : around.get(item.after);
  if (after !== undefined) {
    const verdict = judgeAfter(after);
    if (verdict !== undefined) return verdict;
  }
  if (item.startsAt !== null && item.startsAt > around.now) {
    return { kind: 'wait', reason: null, until: item.startsAt };
  }
  return judgePrevious(item, around) ?? { kind: 'ready' };
}

/** What an item that is named by `after` says about the one that waits for it. */
function judgeAfter(after: QueueItem): Verdict | undefined {
  if (ENDED_WELL.has(after.status)) return undefined;
  if (after.endedAt === null && !ENDED_BADLY.has(after.status)) {
    return { kind: 'wait', reason: `after ${after.name}` };
  }
  if (after.status === 'blocked' || after.status === 'removed') {
    return { kind: 'blocked', reason: `${after.name} was ${after.status}` };
  }
  if (after.onError === 'continue') return undefined;
  return { kind: 'blocked', reason: `${after.name} was ${wordOf(after.status)}` };
}

/** A gate and a model of the item before need that item to have ended. */
function judgePrevious(item: QueueItem, around: Surroundings): Verdict | undefined {
  const needsModel = item.plan.model !== undefined && 'fromPrevious' in item.plan.model;
  if (item.gate === null && !needsModel) return undefined;
  const previous = around.previousOf(item);
  if (previous === undefined) {
    return { kind: 'blocked', reason: 'there is no item before it to compare with' };
  }
  if (previous.endedAt === null && !ENDED_BADLY.has(previous.status)) {
    return { kind: 'wait', reason: `after ${previous.name}` };
  }
  return item.gate === null ? undefined : judgeGate(item.gate, previous, around);
}

function judgeGate(
  gate: QueueGate,
  previous: QueueItem,
  around: Surroundings,
): Verdict | undefined {
  const asked = `${gate.metric} ${gate.op === '>=' ? 'at least' : 'at most'} ${gate.value}`;
  const value = around.valueOf(previous, gate);
  if (value === undefined) {
    return {
      kind: 'blocked',
      reason: `the gate asks for ${asked}; ${previous.name} did not report it`,
    };
  }
  const isOpen = gate.op === '>=' ? value >= gate.value : value <= gate.value;
  if (isOpen) return undefined;
  const shown = Number(value.toPrecision(4));
  return { kind: 'blocked', reason: `the gate asks for ${asked}; ${previous.name} has ${shown}` };
}

function wordOf(status: string): string {
  return status === 'failed' ? 'not finished: it failed' : status;
}
