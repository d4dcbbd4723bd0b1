/** Addresses of the rollout board: a run, a step, a group come in; path and search values go out. */
import type { SearchValues } from '../../shell/location.ts';

export interface Door {
  readonly path: string;
  readonly search: SearchValues;
}

export function rolloutsDoor(run: string, step?: number, prompt?: string): Door {
  return { path: `/rollouts/${run}`, search: { step, prompt } };
}
