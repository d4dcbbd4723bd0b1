/** The starter world as a source of items: a mixture of tasks, any number of samples. */

import { LabError } from '../../shared/errors.ts';
import { generate, type MixEntry, taskId } from '../world/dataset.ts';
import { TASKS } from '../world/tasks/index.ts';
import { type Sample, SPLITS, type Split, type TaskDefinition } from '../world/types.ts';
import type { Item, ItemSource } from './item.ts';

export interface WorldChoice {
  /** Task id -> share; empty = every task alike. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly split: string;
  /** Both ends included, or a share for each level; null = the levels of the task. */
  readonly difficulty: readonly [number, number] | Readonly<Record<string, number>> | null;
  readonly seed: number;
}

/** @throws LabError `world/unknown-task`, `config/invalid` */
export function worldSource(choice: WorldChoice): ItemSource {
  const { mix, split } = worldMix(choice);
  return {
    count: undefined,
    async at(index) {
      const [sample] = generate({ mix, split, seed: choice.seed, count: 1, from: index });
      if (sample === undefined) throw new RangeError('the world gives as many samples as asked');
      return toItem(sample);
    },
  };
}

/** The mixture that a choice means. @throws LabError `world/unknown-task`, `config/invalid` */
export function worldMix(choice: WorldChoice): {
  readonly mix: readonly MixEntry[];
  readonly split: Split;
} {
  const split = splitNamed(choice.split);
  const names = Object.keys(choice.tasks);
  const mix = (names.length === 0 ? Object.keys(TASKS) : names).flatMap((name): MixEntry[] => {
    const task = taskId(name);
    const weight = choice.tasks[name] ?? 1;
    const { difficulty } = choice;
    if (difficulty === null) return [{ task, weight }];
    if (isRange(difficulty)) {
      return [{ task, weight, difficulties: levelsWithin(TASKS[task], split, difficulty) }];
    }
    const total = Object.values(difficulty).reduce((sum, share) => sum + share, 0);
    return Object.entries(difficulty).map(([level, share]) => ({
      task,
      weight: (weight * share) / total,
      difficulties: levelsWithin(TASKS[task], split, [Number(level), Number(level)]),
    }));
  });
  return { mix, split };
}

export function toItem(sample: Sample): Item {
  return {
    id: sample.id,
    question: sample.question,
    world: sample.id,
    media: [],
    images: sample.images.map(({ width, height, rgb }) => ({ width, height, data: rgb })),
    medium: sample.task.startsWith('clip-') ? 'video' : 'pictures',
    answer: sample.answer,
    verifier: sample.verifier,
    task: sample.task,
    difficulty: sample.difficulty,
    completion: sample.trace,
    // The bare answer without the thought: what a preference for reasoning is learned against.
    rejected: sample.direct,
  };
}

/** @throws LabError `config/invalid` */
export function splitNamed(name: string): Split {
  const split = SPLITS.find((known) => known === name);
  if (split !== undefined) return split;
  throw new LabError(
    'config/invalid',
    `[world] expected a split of ${SPLITS.join(', ')}; got ${JSON.stringify(name)}`,
  );
}

function isRange(
  difficulty: NonNullable<WorldChoice['difficulty']>,
): difficulty is readonly [number, number] {
  return Array.isArray(difficulty);
}

function levelsWithin(
  task: TaskDefinition,
  split: Split,
  [low, high]: readonly [number, number],
): number[] {
  const [from, to] = split === 'harder' ? task.harderLevels : task.levels;
  const levels = [];
  for (let level = Math.max(low, from); level <= Math.min(high, to); level++) levels.push(level);
  if (levels.length > 0) return levels;
  throw new LabError(
    'config/invalid',
    `[world] ${task.id} has difficulties ${from}..${to} in this split, got ${low}..${high}`,
  );
}
