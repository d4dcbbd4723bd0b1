/**
 * Grounding in sparse scenes: point at an object, or give the box round all objects of a kind. A
 * place is a cell, a box is its upper left and lower right cell; difficulty is the number of
 * distractors, most of which share the colour or the shape.
 */
import type { Rng } from '../../rng.ts';
import {
  CELL,
  cellBox,
  drawSparseScene,
  drawThing,
  findCells,
  gridLabels,
  nameOf,
  renderScene,
  sameThing,
  say,
  sceneContent,
  sceneHasHeldOut,
  type Thing,
} from '../scenes.ts';
import type { Box, Draft, DraftRequest, TaskDefinition } from '../types.ts';

const SIZE = { columns: 4, rows: 4 };
/** Share of distractors that have the colour or the shape of the target. */
const NEAR_SHARE = 0.6;
/** Least overlap that counts, the usual bar in grounding. */
const MIN_IOU = 0.5;
/** Larger boxes would be hit by always naming the whole picture. */
const MAX_BOX_CELLS = 6;

/** Distractors that are not of the asked kind, many of them nearly. */
function drawDistractors(
  rng: Rng,
  count: number,
  target: Thing,
  asked: (thing: Thing) => boolean,
): Thing[] {
  const distractors: Thing[] = [];
  while (distractors.length < count) {
    const near = rng.pick([{ colour: target.colour }, { shape: target.shape }]);
    const thing = drawThing(rng, rng.chance(NEAR_SHARE) ? near : {});
    if (!asked(thing)) distractors.push(thing);
  }
  return distractors;
}

export const point: TaskDefinition = {
  id: 'point',
  about: 'point at the only object of a kind by naming its cell',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.12,
  draft(rng, { difficulty, heldOut }) {
    const target = drawThing(rng, { heldOut });
    const scene = drawSparseScene(rng, SIZE, [
      target,
      ...drawDistractors(rng, 1 + 2 * difficulty, target, (thing) => sameThing(thing, target)),
    ]);
    const index = findCells(scene, (thing) => sameThing(thing, target))[0] ?? 0;
    const answer = nameOf(scene, index);
    return {
      content: sceneContent(scene),
      heldOut: sceneHasHeldOut(scene),
      finish: (renderRng) => ({
        ...gridLabels(scene, renderScene(scene, renderRng), [index]),
        question: `point to the ${say(target)}`,
        answer,
        answerType: 'point',
        verifier: {
          kind: 'point',
          params: {
            box: cellBox(index % SIZE.columns, Math.floor(index / SIZE.columns)),
            cell: CELL,
          },
        },
        steps: [`${answer} ${say(target)}`],
        thought: `${answer} ${say(target)}`,
      }),
    };
  },
};

export const box: TaskDefinition = {
  id: 'box',
  about: 'give the box round all objects of a colour, of a shape, or of both',
  levels: [1, 4],
  harderLevels: [5, 6],
  guessBound: 0.25,
  draft(rng, request) {
    for (;;) {
      const drawn = drawBox(rng, request);
      if (drawn !== undefined) return drawn;
    }
  },
};

/** One try; undefined when the box is so large that the whole picture would pass for it. */
function drawBox(rng: Rng, { difficulty, heldOut }: DraftRequest): Draft | undefined {
  const target = drawThing(rng, { heldOut });
  const form = rng.pick(['colour', 'shape', 'both'] as const);
  const asked = (thing: Thing): boolean =>
    (form === 'shape' || thing.colour === target.colour) &&
    (form === 'colour' || thing.shape === target.shape);
  const more = Array.from({ length: rng.int(0, 2) }, () => {
    if (form === 'both') return target;
    return drawThing(rng, form === 'colour' ? { colour: target.colour } : { shape: target.shape });
  });
  const scene = drawSparseScene(rng, SIZE, [
    target,
    ...more,
    ...drawDistractors(rng, 2 * difficulty, target, asked),
  ]);
  const indices = findCells(scene, asked);
  const columns = indices.map((index) => index % SIZE.columns);
  const rows = indices.map((index) => Math.floor(index / SIZE.columns));
  const first = Math.min(...rows) * SIZE.columns + Math.min(...columns);
  const last = Math.max(...rows) * SIZE.columns + Math.max(...columns);
  if (
    (Math.max(...columns) - Math.min(...columns) + 1) *
      (Math.max(...rows) - Math.min(...rows) + 1) >
    MAX_BOX_CELLS
  )
    return undefined;
  const truth: Box = {
    x0: Math.min(...columns) * CELL,
    y0: Math.min(...rows) * CELL,
    x1: (Math.max(...columns) + 1) * CELL,
    y1: (Math.max(...rows) + 1) * CELL,
  };
  const answer = `${nameOf(scene, first)} ${nameOf(scene, last)}`;
  const steps = indices.map(
    (index) => `${nameOf(scene, index)} ${say(scene.cells[index] ?? target)}`,
  );
  return {
    content: sceneContent(scene),
    heldOut: sceneHasHeldOut(scene),
    finish: (renderRng) => ({
      ...gridLabels(scene, renderScene(scene, renderRng), indices),
      question: `box of all ${form === 'both' ? say(target) : target[form]}`,
      answer,
      answerType: 'box',
      verifier: { kind: 'box', params: { box: truth, ...SIZE, cell: CELL, minIou: MIN_IOU } },
      steps,
      thought: steps.join(' '),
    }),
  };
}
