/**
 * Samples by request. In: task, split, seed, index, difficulty; out: a full sample, the same one on
 * every machine. An id holds the whole request, so a stored id is enough to make the picture again.
 */
import { LabError } from '../../shared/errors.ts';
import { Rng } from '../rng.ts';
import { direct, thoughtful } from './completion.ts';
import { splitOf } from './splits.ts';
import { TASKS, type TaskId } from './tasks/index.ts';
import { type Sample, SPLITS, type Split, type TaskDefinition } from './types.ts';

export interface SampleRequest {
  readonly task: TaskId;
  readonly split: Split;
  readonly seed: number;
  readonly index: number;
  /** Drawn from the levels of the split when absent. */
  readonly difficulty?: number;
}

/** Proposals tried before a family is called unable to serve a split. */
const MAX_ATTEMPTS = 2000;

/** One sample. @throws LabError `config/invalid` for a difficulty outside the split's levels. */
export function makeSample(request: SampleRequest): Sample {
  const { task, split, seed, index } = request;
  // Named variable so that the definition is seen through its interface, not its literal type.
  const definition: TaskDefinition = TASKS[task];
  const rng = Rng.from(`${seed}`).fork(task).fork(split).fork(index);
  const [low, high] = split === 'harder' ? definition.harderLevels : definition.levels;
  const difficulty = request.difficulty ?? rng.fork('difficulty').int(low, high);
  if (!Number.isInteger(difficulty) || difficulty < low || difficulty > high) {
    throw new LabError(
      'config/invalid',
      `[world] ${task} in split ${split} expects a difficulty of ${low}..${high}, got ${difficulty}`,
    );
  }
  const levelled = rng.fork(`difficulty ${difficulty}`);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const drawing = levelled.fork(attempt);
    const heldOut = split === 'combos';
    const draft = definition.draft(drawing, { difficulty, heldOut });
    if (draft.heldOut !== heldOut || splitOf(draft.content) !== split) continue;
    const { thought, ...body } = draft.finish(drawing.fork('finish'));
    return {
      id: `${task}/${split}/${seed}/${index}/${difficulty}`,
      task,
      split,
      difficulty,
      ...body,
      trace: thoughtful(thought, body.answer),
      direct: direct(body.answer),
    };
  }
  throw new LabError(
    'internal',
    `[world] ${task} found no scene for split ${split} at difficulty ${difficulty} in ${MAX_ATTEMPTS} attempts`,
  );
}

/** The sample behind an id. @throws LabError `world/unknown-task` or `dataset/bad-row`. */
export function sampleById(id: string): Sample {
  const [task, split, seed, index, difficulty, ...rest] = id.split('/');
  const numbers = [seed, index, difficulty].map((part) =>
    part !== undefined && /^\d+$/.test(part) ? Number(part) : Number.NaN,
  );
  const known = SPLITS.find((name) => name === split);
  if (known === undefined || rest.length > 0 || !numbers.every(Number.isSafeInteger)) {
    throw new LabError(
      'dataset/bad-row',
      `[world] expected an id like follow/train/7/12/3, got ${JSON.stringify(id)}`,
    );
  }
  return makeSample({
    task: taskId(task ?? ''),
    split: known,
    seed: numbers[0] ?? 0,
    index: numbers[1] ?? 0,
    difficulty: numbers[2] ?? 0,
  });
}

/** Checks a task name that came from outside. */
export function taskId(name: string): TaskId {
  if (Object.hasOwn(TASKS, name)) return name as TaskId; // hasOwn has just shown that it is a key
  throw new LabError(
    'world/unknown-task',
    `[world] expected one of ${Object.keys(TASKS).join(', ')}; got ${JSON.stringify(name)}`,
  );
}

/** Tasks with their weight in a mixture and, if narrowed, the difficulties to draw. */
export interface MixEntry {
  readonly task: TaskId;
  readonly weight?: number;
  readonly difficulties?: readonly number[];
}

export interface GenerateRequest {
  readonly mix: readonly MixEntry[];
  readonly split: Split;
  readonly count: number;
  readonly seed: number;
  /** Index of the first sample; lets a stream be continued. */
  readonly from?: number;
}

/** `count` samples of a mixture, one by one, so that any amount can be asked. */
export function* generate({
  mix,
  split,
  count,
  seed,
  from = 0,
}: GenerateRequest): Generator<Sample> {
  const total = mix.reduce((sum, { weight = 1 }) => sum + weight, 0);
  if (mix.length === 0 || !(total > 0) || mix.some(({ weight = 1 }) => weight < 0)) {
    throw new LabError(
      'config/invalid',
      '[world] a mixture expects at least one task and weights that sum above zero',
    );
  }
  for (let index = from; index < from + count; index++) {
    const rng = Rng.from(`${seed}`).fork('mixture').fork(index);
    const entry = pickByWeight(mix, rng.float(0, total));
    if (entry === undefined) return;
    const difficulty = entry.difficulties === undefined ? undefined : rng.pick(entry.difficulties);
    yield makeSample({
      task: entry.task,
      split,
      seed,
      index,
      ...(difficulty === undefined ? {} : { difficulty }),
    });
  }
}

/** The entry in whose stretch of the summed weights `mark` lies. */
function pickByWeight(mix: readonly MixEntry[], mark: number): MixEntry | undefined {
  let end = 0;
  for (const entry of mix) {
    end += entry.weight ?? 1;
    if (mark < end) return entry;
  }
  return mix[mix.length - 1]; // rounding may leave the last mark just outside
}
