/** The roll-call of task families: literal ids, one line each. */
import type { TaskDefinition } from '../types.ts';
import { follow } from './follow.ts';
import { caption, cellAt, read, step } from './read.ts';

export const TASKS = {
  follow,
  caption,
  read,
  at: cellAt,
  step,
} as const satisfies Record<string, TaskDefinition>;

export type TaskId = keyof typeof TASKS;
