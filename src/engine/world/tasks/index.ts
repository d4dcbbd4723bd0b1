/** The roll-call of tasks: literal ids, one line each; a definition not listed here fails a test. */
import type { TaskDefinition } from '../types.ts';
import { bar } from './bar.ts';
import { clipBetween, clipOrder, clipWhen } from './clip.ts';
import { clock } from './clock.ts';
import { follow } from './follow.ts';
import { box, point } from './ground.ts';
import { jigsaw } from './jigsaw.ts';
import { line } from './line.ts';
import { order, swap } from './logic.ts';
import { moved, transform } from './pair.ts';
import { caption, cellAt, read, step } from './read.ts';
import { route } from './route.ts';
import { attribute, compare, count, relate } from './scene.ts';

export const TASKS = {
  follow,
  caption,
  read,
  at: cellAt,
  step,
  attribute,
  count,
  compare,
  relate,
  point,
  box,
  transform,
  moved,
  jigsaw,
  route,
  bar,
  line,
  clock,
  order,
  swap,
  'clip-order': clipOrder,
  'clip-between': clipBetween,
  'clip-when': clipWhen,
} as const satisfies Record<string, TaskDefinition>;

export type TaskId = keyof typeof TASKS;
