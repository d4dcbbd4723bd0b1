/** The names a window offers are the names the engine knows, in the same order. */
import { expect, test } from 'vitest';
import { TASKS } from '../../../src/engine/world/tasks/index.ts';
import { SPLITS } from '../../../src/engine/world/types.ts';
import { WORLD_SPLITS, WORLD_TASKS } from '../../../src/shared/model/world.ts';

test('the window offers every task and split of the starter world', () => {
  expect([...WORLD_TASKS]).toEqual(Object.keys(TASKS));
  expect([...WORLD_SPLITS]).toEqual([...SPLITS]);
});
