/**
 * Follow the shapes: from a start cell, circle = go right, square = below, triangle = left (round
 * the edge), cross = stop; the answer is the cell of the cross. The grid is full, so a thought has
 * to read each cell it enters; moves made are the difficulty.
 */

import type { Rng } from '../../rng.ts';
import { cellName, SHAPE_MOVES } from '../lexicon.ts';
import {
  drawThing,
  type GridScene,
  gridLabels,
  hasHeldOutColour,
  nameOf,
  type RenderedScene,
  renderScene,
  say,
  sceneContent,
  sceneHasHeldOut,
  type Thing,
} from '../scenes.ts';
import type { SampleBody, TaskDefinition } from '../types.ts';

export const GRID_SIDE = 4;
/** Share of crosses off the planted path; many false ends make the answer hard to guess. */
const CROSS_SHARE = 0.4;
const MOVERS = ['circle', 'square', 'triangle'] as const;

export interface Walk {
  /** Cell indices from the start to the cross, both included. */
  readonly cells: readonly number[];
  readonly moves: number;
}

/** The walk from a start cell, or undefined when it runs in a loop. */
export function walkFrom(scene: GridScene, start: number): Walk | undefined {
  const cells = [start];
  while (cells.length <= scene.cells.length) {
    const here = cells[cells.length - 1] ?? 0;
    const next = stepFrom(scene, here);
    if (next === undefined) return { cells, moves: cells.length - 1 };
    cells.push(next);
  }
  return undefined;
}

function stepFrom(scene: GridScene, index: number): number | undefined {
  const shape = scene.cells[index]?.shape;
  const move = shape === undefined ? undefined : SHAPE_MOVES[shape];
  return move === undefined ? undefined : neighbour(scene, index, move.dx, move.dy);
}

function neighbour(
  scene: { columns: number; rows: number },
  index: number,
  dx: number,
  dy: number,
): number {
  const column = ((index % scene.columns) + dx + scene.columns) % scene.columns;
  const row = (Math.floor(index / scene.columns) + dy + scene.rows) % scene.rows;
  return row * scene.columns + column;
}

/** A full grid with one planted walk of exactly `moves` moves. */
export function drawFollowScene(
  rng: Rng,
  moves: number,
  heldOut: boolean,
): { scene: GridScene; start: number } {
  const size = { columns: GRID_SIDE, rows: GRID_SIDE };
  const cells: (Thing | undefined)[] = new Array(GRID_SIDE * GRID_SIDE).fill(undefined);
  const draw = (shape: Thing['shape'], unusual: boolean): Thing =>
    drawThing(rng, { shape, heldOut: unusual && hasHeldOutColour(shape) });
  for (;;) {
    const start = rng.int(0, cells.length - 1);
    const path = [start];
    const shapes: Thing['shape'][] = [];
    while (path.length <= moves) {
      const here = path[path.length - 1] ?? 0;
      const options = MOVERS.filter(
        (shape) =>
          !path.includes(neighbour(size, here, SHAPE_MOVES[shape].dx, SHAPE_MOVES[shape].dy)),
      );
      if (options.length === 0) break;
      const shape = rng.pick(options);
      shapes.push(shape);
      path.push(neighbour(size, here, SHAPE_MOVES[shape].dx, SHAPE_MOVES[shape].dy));
    }
    if (path.length !== moves + 1) continue; // walked into a dead end: draw another start
    const unusualAt = heldOut ? rng.int(0, Math.max(0, moves - 1)) : -1;
    path.forEach((index, position) => {
      cells[index] = draw(
        shapes[position] ?? 'cross',
        position === unusualAt || (heldOut && rng.chance(0.3)),
      );
    });
    for (let index = 0; index < cells.length; index++) {
      const shape = rng.chance(CROSS_SHARE) ? 'cross' : rng.pick(MOVERS);
      cells[index] ??= draw(shape, heldOut && rng.chance(0.3));
    }
    return { scene: { ...size, cells }, start };
  }
}

/** One cell of a thought: where it is, what it is, where it sends the walker. */
function sayStep(scene: GridScene, index: number): string {
  const thing = scene.cells[index];
  const move = thing === undefined ? undefined : SHAPE_MOVES[thing.shape];
  const seen = `${nameOf(scene, index)} ${thing === undefined ? '.' : say(thing)}`;
  return move === undefined ? seen : `${seen} ${move.word}`;
}

/** Everything but the split bookkeeping, for a walk that is known to end. */
export function followBody(scene: GridScene, rendered: RenderedScene, walk: Walk): SampleBody {
  const end = nameOf(scene, walk.cells[walk.cells.length - 1] ?? 0);
  const labels = gridLabels(scene, rendered, walk.cells);
  const steps = walk.cells.map((index) => sayStep(scene, index));
  return {
    ...labels,
    question: `path from ${nameOf(scene, walk.cells[0] ?? 0)}`,
    answer: end,
    answerType: 'cell',
    verifier: { kind: 'exact', params: { text: end } },
    steps,
    thought: steps.join(' '),
    meta: {
      ...labels.meta,
      path: walk.cells.map((index) => nameOf(scene, index)),
      moves: walk.moves,
    },
  };
}

/** Where one move from a cell leads; the smallest question of the family. */
export function stepAnswer(scene: GridScene, index: number): string {
  const next = stepFrom(scene, index) ?? index;
  return cellName(next % scene.columns, Math.floor(next / scene.columns));
}

export const follow: TaskDefinition = {
  id: 'follow',
  about: 'walk from cell to cell as the shapes say and name the cell where a cross ends the walk',
  levels: [1, 6],
  harderLevels: [7, 8],
  guessBound: 0.1,
  draft(rng, { difficulty, heldOut }) {
    const { scene, start } = drawFollowScene(rng, difficulty, heldOut);
    return {
      content: sceneContent(scene),
      heldOut: sceneHasHeldOut(scene),
      finish(renderRng) {
        const walk = walkFrom(scene, start) ?? { cells: [start], moves: 0 };
        return followBody(scene, renderScene(scene, renderRng), walk);
      },
    };
  },
};
