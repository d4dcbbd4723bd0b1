/**
 * The cold-start traces under resources/traces: rows `{ world, completion }`, where `world` is the id
 * of a train-split sample (its picture is drawn again when read) and `completion` the reasoning to
 * imitate. In: a file's name; out: its rows. Four files: `follow` keeps to the form that base
 * training taught cell by cell; `follow-prose` and `families` say the same in freer words.
 */

import { Rng } from '../rng.ts';
import { thoughtful } from './completion.ts';
import { makeSample } from './dataset.ts';
import { TASKS, type TaskId } from './tasks/index.ts';
import type { Sample, TaskDefinition } from './types.ts';

export interface TraceRow {
  /** Sample id. */
  readonly world: string;
  readonly completion: string;
}

/** Seed of all trace samples; no recipe uses it for anything else. */
const TRACE_SEED = 101;
const FOLLOW_MOVES = [1, 2, 3, 4, 5, 6] as const;
/**
 * What the demo's cold start shows: the form of a thought on walks the base nearly masters. Longer
 * walks are left to RL, which is why the band of 3-4 moves starts near the middle.
 */
const SHORT_MOVES = [1, 2, 3] as const;
/** Rows of each length. */
const PER_LENGTH = { plain: 40, prose: 10, short: 80 };
const PER_TASK = 12;
/** Questions whose answer is a mere reading; base training covers them. */
const WITHOUT_THOUGHT: readonly TaskId[] = ['follow', 'caption', 'read', 'at', 'step'];

export const TRACE_FILES = {
  follow: plainFollow,
  'follow-prose': proseFollow,
  'follow-short': shortFollow,
  families: otherFamilies,
} as const satisfies Record<string, () => TraceRow[]>;

/** Lengths take turns, so that any prefix of the file is balanced. */
function plainFollow(): TraceRow[] {
  return followSamples(FOLLOW_MOVES, { from: 0, perLength: PER_LENGTH.plain }).map(asTrace);
}

function shortFollow(): TraceRow[] {
  const from = (PER_LENGTH.plain + PER_LENGTH.prose) * FOLLOW_MOVES.length;
  return followSamples(SHORT_MOVES, { from, perLength: PER_LENGTH.short }).map(asTrace);
}

function asTrace({ id, trace }: Sample): TraceRow {
  return { world: id, completion: trace };
}

function proseFollow(): TraceRow[] {
  const from = PER_LENGTH.plain * FOLLOW_MOVES.length;
  return followSamples(FOLLOW_MOVES, { from, perLength: PER_LENGTH.prose }).map((sample) => {
    const rng = Rng.from('follow prose').fork(sample.id);
    return { world: sample.id, completion: thoughtful(retellWalk(sample, rng), sample.answer) };
  });
}

function followSamples(
  moves: readonly number[],
  { from, perLength }: { readonly from: number; readonly perLength: number },
): Sample[] {
  return Array.from({ length: perLength * moves.length }, (_, row) => {
    const difficulty = moves[row % moves.length] ?? 1;
    return makeSample({
      task: 'follow',
      split: 'train',
      seed: TRACE_SEED,
      index: from + row,
      difficulty,
    });
  });
}

const VOICES = {
  so: (seen: string, move: string) => `${seen} so ${move}`,
  means: (seen: string, move: string, next: string) => `${seen} means go ${move} to ${next}`,
  look: (seen: string, move: string, _: string, isFirst: boolean) =>
    `${isFirst ? 'look at' : 'then'} ${seen} go ${move}`,
  now: (seen: string, move: string, _: string, isFirst: boolean) =>
    `${isFirst ? 'start at' : 'now at'} ${seen} ${move}`,
} as const;

/** The walk in one of several voices; every step still names cell, colour and shape. */
function retellWalk(sample: Sample, rng: Rng): string {
  const voice = VOICES[rng.pick(['so', 'means', 'look', 'now'] as const)];
  const cells = sample.steps.map((step) => step.split(' ')[0] ?? '');
  const told = sample.steps.map((step, position) => {
    const [cell = '', colour = '', shape = '', move] = step.split(' ');
    const seen = `${cell} ${colour} ${shape}`;
    if (move === undefined) return `${seen} ${rng.pick(['stop', 'so stop here', 'done'])}`;
    const next = cells[position + 1] ?? '';
    const way = isRoundTheEdge(cell, next) ? `${move} round the edge` : move;
    return voice(seen, way, next, position === 0);
  });
  return told.join(' . ');
}

function isRoundTheEdge(from: string, to: string): boolean {
  const distance = (axis: number): number => Math.abs(from.charCodeAt(axis) - to.charCodeAt(axis));
  return distance(0) > 1 || distance(1) > 1;
}

function otherFamilies(): TraceRow[] {
  const tasks = (Object.keys(TASKS) as TaskId[]).filter((task) => !WITHOUT_THOUGHT.includes(task)); // keys widened to string
  return Array.from({ length: PER_TASK }, (_, turn) =>
    tasks.map((task) => familyRow(task, turn)),
  ).flat();
}

function familyRow(task: TaskId, turn: number): TraceRow {
  const definition: TaskDefinition = TASKS[task];
  const [low, high] = definition.levels;
  const sample = makeSample({
    task,
    split: 'train',
    seed: TRACE_SEED,
    index: turn,
    difficulty: low + (turn % (high - low + 1)),
  });
  const rng = Rng.from('families').fork(sample.id);
  const opening = rng.pick(['', 'look . ', 'see . ', 'first look . ']);
  const joint = rng.pick([' . ', ' then ', ' and ']);
  const ending = rng.pick([
    '',
    ` . so ${sample.answer}`,
    ` . that is ${sample.answer}`,
    ` . answer is ${sample.answer}`,
  ]);
  return {
    world: sample.id,
    completion: thoughtful(`${opening}${sample.steps.join(joint)}${ending}`, sample.answer),
  };
}
