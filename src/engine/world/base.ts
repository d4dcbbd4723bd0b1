/**
 * Base-training material: one train-split picture with several questions about it, so that a step
 * pays for the picture once. In: seed and index; out: samples sharing one picture object, each with
 * the completion to learn. First captions alone, later the mixture that made reading reliable:
 * 2-3 reading chains of 3-11 cells, two thoughts of at most two moves, three direct questions, and
 * a caption now and then.
 */
import { direct, thoughtful } from './completion.ts';
import { Rng } from './rng.ts';
import { type GridScene, type RenderedScene, renderScene, sceneContent } from './scenes.ts';
import { splitOf } from './splits.ts';
import { drawFollowScene, followBody, type Walk, walkFrom } from './tasks/follow.ts';
import { askAt, askCaption, askRead, askStep } from './tasks/read.ts';
import type { Sample, SampleBody } from './types.ts';

export const BASE_KINDS = ['caption', 'read', 'at', 'step', 'follow', 'thought'] as const;
export type BaseKind = (typeof BASE_KINDS)[number];

export interface BaseSample extends Sample {
  readonly kind: BaseKind;
  /** What the model has to write. */
  readonly completion: string;
}

/** Walks that the base may see thought out; longer ones are left to the cold start and to RL. */
const THOUGHT_MOVES = 2;
/** Lengths planted in base pictures, the lengths that `follow` asks in training. */
const PLANTED: readonly [number, number] = [1, 6];
/** Cells of one reading chain. */
const READ_CELLS: readonly [number, number] = [3, 11];
const CAPTION_SHARE = 0.08;

/** One sample of one kind over its own picture; always of the train split. */
export function baseSample(rng: Rng, kind: BaseKind): BaseSample {
  const picture = drawPicture(rng);
  return ask(picture, rng.fork('question'), kind, 0);
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
  return baseKinds(rng.fork('kinds'), stage).map((kind, position) => ask(picture, rng.fork(`question ${position}`), kind, position));
}

function baseKinds(rng: Rng, stage: BundleRequest['stage']): BaseKind[] {
  if (stage === 'captions') return ['caption'];
  const kinds: BaseKind[] = ['read', 'read', 'thought', 'thought', 'at', 'step', 'follow'];
  if (rng.chance(0.5)) kinds.push('read');
  if (rng.chance(CAPTION_SHARE)) kinds.push('caption');
  return rng.shuffle(kinds);
}

interface Picture {
  readonly scene: GridScene;
  readonly rendered: RenderedScene;
  readonly start: number;
}

function drawPicture(rng: Rng): Picture {
  for (let attempt = 0; ; attempt++) {
    const drawing = rng.fork(`picture ${attempt}`);
    const { scene, start } = drawFollowScene(drawing, drawing.int(PLANTED[0], PLANTED[1]), false);
    if (splitOf(sceneContent(scene)) === 'train') return { scene, start, rendered: renderScene(scene, drawing.fork('render')) };
  }
}

function ask({ scene, rendered, start }: Picture, rng: Rng, kind: BaseKind, position: number): BaseSample {
  const difficulty = kind === 'read' ? rng.int(READ_CELLS[0], READ_CELLS[1]) : 1;
  const finish = (body: SampleBody, moves = difficulty): BaseSample => {
    const { thought, ...labels } = body;
    const trace = thoughtful(thought, body.answer);
    const plain = direct(body.answer);
    const task = kind === 'thought' ? 'follow' : kind;
    return { ...labels, id: `base/${kind}/${position}`, task, split: 'train', difficulty: moves, trace, direct: plain, kind, completion: kind === 'thought' ? trace : plain };
  };
  switch (kind) {
    case 'caption':
      return finish(askCaption(scene, rendered, rng, difficulty));
    case 'read':
      return finish(askRead(scene, rendered, rng, difficulty));
    case 'at':
      return finish(askAt(scene, rendered, rng, difficulty));
    case 'step':
      return finish(askStep(scene, rendered, rng, difficulty));
    case 'follow': {
      const walk = walkFrom(scene, start) ?? { cells: [start], moves: 0 };
      return finish(followBody(scene, rendered, walk), walk.moves);
    }
    case 'thought': {
      const walk = rng.pick(shortWalks(scene));
      return finish(followBody(scene, rendered, walk), walk.moves);
    }
  }
}

/** Walks of one or two moves; the last moves of the planted walk always give at least one. */
function shortWalks(scene: GridScene): Walk[] {
  const walks = scene.cells.flatMap((_, index) => walkFrom(scene, index) ?? []).filter(({ moves }) => moves >= 1);
  const wanted = walks.filter(({ moves }) => moves === THOUGHT_MOVES);
  const single = walks.filter(({ moves }) => moves === 1);
  // Equal shares of both lengths, although one move is far commoner in a picture.
  return wanted.length === 0 ? single : [...repeat(wanted, single.length), ...repeat(single, wanted.length)];
}

function repeat<T>(items: readonly T[], times: number): T[] {
  return Array.from({ length: times }, () => items).flat();
}
