/**
 * Base-training material: one train-split picture with several questions about it, so that a step
 * pays for the picture once. In: seed and index; out: samples sharing one picture object, each with
 * the prompt and completion to learn. Stage `captions` is transcription and reading drills, stage
 * `mix` adds short thoughts and direct questions.
 *
 * The same question never has both a direct and a thought completion here: a thought is asked for
 * by the word `think`, so that the cold start has something to teach.
 */

import { Rng } from '../rng.ts';
import { direct, thoughtful } from './completion.ts';
import { type GridScene, type RenderedScene, renderScene, sceneContent } from './scenes.ts';
import { splitOf } from './splits.ts';
import { drawFollowScene, followBody, type Walk, walkFrom } from './tasks/follow.ts';
import { askAt, askCaption, askRead, askStep } from './tasks/read.ts';
import type { Sample, SampleBody } from './types.ts';

export const BASE_KINDS = ['caption', 'read', 'at', 'step', 'follow', 'thought'] as const;
export type BaseKind = (typeof BASE_KINDS)[number];

export interface BaseSample extends Sample {
  readonly kind: BaseKind;
  /** What the model has to write; drills are bare text, answers and thoughts are tagged. */
  readonly completion: string;
  /** Character ranges [start, end) of the completion that carry no loss: cells nobody could guess. */
  readonly unscored: readonly (readonly [number, number])[];
}

/** Walks that the base may see thought out; longer ones are left to the cold start and to RL. */
const THOUGHT_MOVES = 2;
/** Lengths planted in base pictures, the lengths that `follow` asks in training. */
const PLANTED: readonly [number, number] = [1, 6];
/** Cells of one reading drill; the two drills of a picture share `READ_TOTAL` cells. */
const READ_CELLS: readonly [number, number] = [3, 11];
const READ_TOTAL = 14;
const CAPTION_SHARE = { captions: 0.3, mix: 0.08 };
/** Length of the drill that takes the caption's place in stage `captions`. */
const READ_INSTEAD = 7;

/** One sample of one kind over its own picture; always of the train split. */
export function baseSample(rng: Rng, kind: BaseKind): BaseSample {
  const picture = drawPicture(rng);
  const asking = rng.fork('question');
  return ask(picture, asking, { kind, cells: asking.int(READ_CELLS[0], READ_CELLS[1]) });
}

export interface BundleRequest {
  readonly seed: number | string;
  readonly index: number;
  readonly stage: 'captions' | 'mix';
}

/** All questions of one picture; equal requests give equal bundles. */
export function baseBundle({ seed, index, stage }: BundleRequest): BaseSample[] {
  const rng = Rng.from(`${seed}`).fork('base').fork(index);
  const picture = drawPicture(rng);
  return plan(rng.fork('kinds'), stage).map((planned, position) =>
    ask(picture, rng.fork(`question ${position}`), planned),
  );
}

interface Planned {
  readonly kind: BaseKind;
  /** Cells of a reading drill. */
  readonly cells: number;
  /** How many thoughts about this picture were asked before. */
  readonly turn?: number;
}

function plan(rng: Rng, stage: BundleRequest['stage']): Planned[] {
  const cells = rng.int(READ_CELLS[0], READ_CELLS[1]);
  const drills: Planned[] = [
    { kind: 'read', cells },
    { kind: 'read', cells: READ_TOTAL - cells },
  ];
  const caption = rng.chance(CAPTION_SHARE[stage]);
  if (stage === 'captions')
    return [
      caption ? { kind: 'caption', cells: 0 } : { kind: 'read', cells: READ_INSTEAD },
      ...drills,
    ];
  const kinds: BaseKind[] = ['at', 'step', 'follow', ...(caption ? (['caption'] as const) : [])];
  const thoughts = [0, 1].map((turn): Planned => ({ kind: 'thought', cells: 0, turn }));
  return rng.shuffle([...drills, ...thoughts, ...kinds.map((kind) => ({ kind, cells: 0 }))]);
}

interface Picture {
  readonly scene: GridScene;
  readonly rendered: RenderedScene;
  readonly start: number;
  /** Starts worth a thought; see {@link shortWalks}. */
  readonly walks: readonly Walk[];
}

function drawPicture(rng: Rng): Picture {
  for (let attempt = 0; ; attempt++) {
    const drawing = rng.fork(`picture ${attempt}`);
    const { scene, start } = drawFollowScene(drawing, drawing.int(PLANTED[0], PLANTED[1]), false);
    if (splitOf(sceneContent(scene)) !== 'train') continue;
    return {
      scene,
      start,
      rendered: renderScene(scene, drawing.fork('render')),
      walks: shortWalks(scene, drawing.fork('walks')),
    };
  }
}

function ask(
  { scene, rendered, start, walks }: Picture,
  rng: Rng,
  { kind, cells, turn = 0 }: Planned,
): BaseSample {
  switch (kind) {
    case 'caption':
      return learn(kind, askCaption(scene, rendered, rng, 1), { bare: true });
    case 'read': {
      const body = askRead(scene, rendered, rng, cells);
      return learn(
        kind,
        { ...body, question: 'read' },
        { bare: true, difficulty: cells, unscored: cellSpans(` ${body.answer}`) },
      );
    }
    case 'at':
      return learn(kind, askAt(scene, rendered, rng, 1));
    case 'step':
      return learn(kind, askStep(scene, rendered, rng, 1));
    case 'follow': {
      const walk = walkFrom(scene, start) ?? { cells: [start], moves: 0 };
      return learn(kind, followBody(scene, rendered, walk), { difficulty: walk.moves });
    }
    case 'thought': {
      const walk = walks[turn % walks.length] ?? { cells: [start], moves: 0 };
      const body = followBody(scene, rendered, walk);
      return learn(
        kind,
        { ...body, question: `${body.question} think` },
        { difficulty: walk.moves },
      );
    }
  }
}

interface LearnOptions {
  /** No tags: the answer itself is the completion. */
  readonly bare?: boolean;
  readonly difficulty?: number;
  readonly unscored?: BaseSample['unscored'];
}

function learn(
  kind: BaseKind,
  body: SampleBody,
  { bare = false, difficulty = 1, unscored = [] }: LearnOptions = {},
): BaseSample {
  const { thought, ...labels } = body;
  const trace = thoughtful(thought, body.answer);
  const plain = direct(body.answer);
  const completion = bare ? ` ${body.answer}` : kind === 'thought' ? trace : plain;
  const task = kind === 'thought' ? 'follow' : kind;
  return {
    ...labels,
    id: `base/${kind}`,
    task,
    split: 'train',
    difficulty,
    trace,
    direct: plain,
    kind,
    completion,
    unscored,
  };
}

/** Where cell names stand in a text, their leading space included. */
function cellSpans(text: string): [number, number][] {
  return [...text.matchAll(/ [a-h][1-8](?![a-z0-9])/g)].map((match) => [
    match.index,
    match.index + match[0].length,
  ]);
}

/** Walks of one and two moves by turns, so that both are equally common; never empty. */
function shortWalks(scene: GridScene, rng: Rng): Walk[] {
  const walks = rng.shuffle(scene.cells.flatMap((_, index) => walkFrom(scene, index) ?? []));
  const [first, second] = rng
    .shuffle([1, THOUGHT_MOVES])
    .map((moves) => walks.filter((walk) => walk.moves === moves));
  const turns = Math.max(first?.length ?? 0, second?.length ?? 0);
  return Array.from({ length: turns }, (_, turn) => [first?.[turn], second?.[turn]])
    .flat()
    .filter((walk) => walk !== undefined);
}
