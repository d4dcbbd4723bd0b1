/**
 * Whether something goes on that the person would not want to end by closing a window: a run, an
 * evaluation, or a queue that has yet to start one. Comes in: the lab. Goes out: yes or no.
 */
import type { QueueState } from '../../shared/model/run-queue.ts';
import type { Lab } from '../lab.ts';

const GOING: ReadonlySet<QueueState> = new Set(['starting', 'running', 'stopping']);

export function isRunGoing(lab: Lab): boolean {
  const { isRunning, items } = lab.runs.queue.view();
  return items.some(({ status }) => GOING.has(status) || (isRunning && status === 'waiting'));
}
