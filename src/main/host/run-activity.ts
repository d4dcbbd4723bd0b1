/**
 * Whether something goes on that the person would not want to end by closing a window. Comes in: the
 * lab. Goes out: yes or no.
 */
import type { RunState } from '../../shared/model/app-run.ts';
import type { Lab } from '../lab.ts';

const GOING: ReadonlySet<RunState> = new Set(['starting', 'running', 'stopping']);

export function isRunGoing(lab: Lab): boolean {
  return lab.runs.list({ params: [], isArchivedShown: true }).some((run) => GOING.has(run.status));
}
