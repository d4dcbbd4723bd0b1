/** The starter world as a source of items: a mixture of tasks, any number of samples. */
import { generate, type MixEntry, sampleById, taskId } from '../world/dataset.ts';
import { TASKS } from '../world/tasks/index.ts';
import { SPLITS, type Sample, type Split, type TaskDefinition } from '../world/types.ts';
import { LabError } from '../../shared/errors.ts';
import type { Item, ItemSource } from './item.ts';

export interface WorldChoice {
  /** Task id -> share; empty = every task alike. */
  readonly tasks: Readonly<Record<string, number>>;
  readonly split: string;
  /** Both ends included; null = the levels of the task. */
  readonly difficulty: readonly [number, number] | null;
  readonly seed: number;
}

/** @throws LabError `world/unknown-task`, `config/invalid` */
export function worldSource(choice: WorldChoice): ItemSource {
  const split = splitNamed(choice.split);
  const names = Object.keys(choice.tasks);
  const mix = (names.length === 0 ? Object.keys(TASKS) : names).map((name): MixEntry => {
    const task = taskId(name);
    return {
      task,
      weight: choice.tasks[name] ?? 1,
      ...(choice.difficulty === null ? {} : { difficulties: levelsWithin(TASKS[task], split, choice.difficulty) }),
    };
  });
  return {
    count: undefined,
    async at(index) {
      const [sample] = generate({ mix, split, seed: choice.seed, count: 1, from: index });
      if (sample === undefined) throw new RangeError('the world gives as many samples as asked');
      return toItem(sample);
    },
  };
}

/** Named samples with completions written for them: the cold-start traces. */
export function traceSource(traces: readonly { readonly id: string; readonly completion: string }[]): ItemSource {
  return {
    count: traces.length,
    async at(index) {
      const trace = traces[index];
      if (trace === undefined) throw new RangeError(`no trace ${index}`);
      return { ...toItem(sampleById(trace.id)), completion: trace.completion };
    },
  };
}

export function toItem(sample: Sample): Item {
  return {
    id: sample.id,
    question: sample.question,
    images: sample.images.map(({ width, height, rgb }) => ({ width, height, data: rgb })),
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
  throw new LabError('config/invalid', `[world] expected a split of ${SPLITS.join(', ')}; got ${JSON.stringify(name)}`);
}

function levelsWithin(task: TaskDefinition, split: Split, [low, high]: readonly [number, number]): number[] {
  const [from, to] = split === 'harder' ? task.harderLevels : task.levels;
  const levels = [];
  for (let level = Math.max(low, from); level <= Math.min(high, to); level++) levels.push(level);
  if (levels.length > 0) return levels;
  throw new LabError(
    'config/invalid',
    `[world] ${task.id} has difficulties ${from}..${to} in this split, got ${low}..${high}`,
  );
}
