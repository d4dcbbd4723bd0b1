/**
 * Grid scenes: cells that hold a coloured shape or nothing. In: sizes and random numbers; out: a
 * symbolic scene, its picture, object boxes, caption and the words a patch label needs. One cell is
 * 16 x 16 pixels, which is exactly one merged image token (patch 8, merge 2).
 */

import type { Rng } from '../rng.ts';
import {
  COLOURS,
  type Colour,
  cellName,
  HELD_OUT_PAIRS,
  isHeldOutPair,
  PALETTE,
  type Rgb,
  SHAPES,
  type Shape,
} from './lexicon.ts';
import { Canvas } from './raster.ts';
import type { Box, Evidence, SampleBody, WorldImage } from './types.ts';

/** Pixels of a cell side. */
export const CELL = 16;
/** Background at the upper left corner, and how much it grows a pixel. */
const BACKDROP: Rgb = [20, 20, 44];
const BACKDROP_SLOPE = 1.2;
const COLOUR_JITTER = 16;

export interface Thing {
  readonly colour: Colour;
  readonly shape: Shape;
}

export interface GridScene {
  readonly columns: number;
  readonly rows: number;
  /** Row by row; undefined is an empty cell. */
  readonly cells: readonly (Thing | undefined)[];
}

/** Any pair that other splits may show, or (heldOut) one that only `combos` may show. */
export function drawThing(
  rng: Rng,
  options: { heldOut?: boolean; shape?: Shape; colour?: Colour } = {},
): Thing {
  const { shape, colour, heldOut = false } = options;
  const pairs = heldOut ? HELD_OUT_THINGS : USUAL_THINGS;
  if (shape === undefined && colour === undefined) return rng.pick(pairs);
  return rng.pick(
    pairs.filter(
      (thing) =>
        (shape ?? thing.shape) === thing.shape && (colour ?? thing.colour) === thing.colour,
    ),
  );
}

const THINGS: readonly Thing[] = COLOURS.flatMap((colour) =>
  SHAPES.map((shape) => ({ colour, shape })),
);
const HELD_OUT_THINGS = THINGS.filter(({ colour, shape }) => isHeldOutPair(colour, shape));
const USUAL_THINGS = THINGS.filter(({ colour, shape }) => !isHeldOutPair(colour, shape));

/** True when the shape has a held-out colour at all. */
export function hasHeldOutColour(shape: Shape): boolean {
  return HELD_OUT_PAIRS.some(([, held]) => held === shape);
}

export function say(thing: Thing): string {
  return `${thing.colour} ${thing.shape}`;
}

/** One letter pair a cell; equal texts mean equal scenes. */
export function sceneContent(scene: GridScene): string {
  const cells = scene.cells.map((thing) =>
    thing === undefined ? '..' : `${thing.colour[0]}${thing.shape.slice(0, 2)}`,
  );
  return `${scene.columns}x${scene.rows}:${cells.join('')}`;
}

export function sceneHasHeldOut(scene: GridScene): boolean {
  return scene.cells.some(
    (thing) => thing !== undefined && isHeldOutPair(thing.colour, thing.shape),
  );
}

/** Reading order, objects only when the grid is full, else with a dot for each empty cell. */
export function sceneCaption(scene: GridScene): string {
  return scene.cells.map((thing) => (thing === undefined ? '.' : say(thing))).join(' ');
}

/** What is at each cell and which cell it is: without the name, looking a cell up stays unlearned. */
export function sceneLabels(scene: GridScene): string[][] {
  return scene.cells.map((thing, index) => [
    ...(thing === undefined ? ['.'] : [thing.colour, thing.shape]),
    nameOf(scene, index),
  ]);
}

export function cellBox(column: number, row: number): Box {
  return { x0: column * CELL, y0: row * CELL, x1: (column + 1) * CELL, y1: (row + 1) * CELL };
}

export interface RenderedScene {
  readonly image: WorldImage;
  /** Tight object boxes by cell index; undefined where the cell is empty. */
  readonly boxes: readonly (Box | undefined)[];
}

/** Draws the scene; size, place and colour of every object are jittered, the cell never left. */
export function renderScene(scene: GridScene, rng: Rng): RenderedScene {
  const canvas = new Canvas(scene.columns * CELL, scene.rows * CELL).gradient(
    BACKDROP,
    BACKDROP_SLOPE,
  );
  const boxes = scene.cells.map((thing, index) => {
    if (thing === undefined) return undefined;
    const column = index % scene.columns;
    const row = Math.floor(index / scene.columns);
    const radius = rng.float(5, 6.6);
    const slack = CELL / 2 - radius - 0.2;
    const cx = (column + 0.5) * CELL + rng.float(-slack, slack);
    const cy = (row + 0.5) * CELL + rng.float(-slack, slack);
    return canvas.shape(thing.shape, cx, cy, radius, jitter(PALETTE[thing.colour], rng));
  });
  return { image: canvas.image(), boxes };
}

/** Evidence for some cells of picture `image`. */
export function evidenceFor(
  scene: GridScene,
  rendered: RenderedScene,
  indices: readonly number[],
  image = 0,
): Evidence[] {
  return indices.flatMap((index) => {
    const box = rendered.boxes[index];
    const thing = scene.cells[index];
    if (box === undefined || thing === undefined) return [];
    return [{ image, ...box, what: `${nameOf(scene, index)} ${say(thing)}` }];
  });
}

export function nameOf(scene: GridScene, index: number): string {
  return cellName(index % scene.columns, Math.floor(index / scene.columns));
}

function jitter(colour: Rgb, rng: Rng): Rgb {
  const shift = (value: number): number =>
    Math.max(0, Math.min(255, value + rng.float(-COLOUR_JITTER, COLOUR_JITTER)));
  return [shift(colour[0]), shift(colour[1]), shift(colour[2])];
}

/** The labels that any question over one grid picture shares. */
export function gridLabels(
  scene: GridScene,
  rendered: RenderedScene,
  evidence: readonly number[],
): Pick<SampleBody, 'images' | 'caption' | 'boxes' | 'patchLabels' | 'meta'> {
  return {
    images: [rendered.image],
    caption: sceneCaption(scene),
    boxes: evidenceFor(scene, rendered, evidence),
    patchLabels: sceneLabels(scene),
    meta: {
      columns: scene.columns,
      rows: scene.rows,
      cells: scene.cells.map((thing) => thing ?? null),
    },
  };
}

/** The things at random places of an else empty grid. */
export function drawSparseScene(
  rng: Rng,
  size: { columns: number; rows: number },
  things: readonly Thing[],
): GridScene {
  const cells: (Thing | undefined)[] = new Array(size.columns * size.rows).fill(undefined);
  const places = rng.sample([...cells.keys()], things.length);
  places.forEach((place, index) => {
    cells[place] = things[index];
  });
  return { ...size, cells };
}

/** Indices of the cells whose thing passes the test, in reading order. */
export function findCells(scene: GridScene, test: (thing: Thing) => boolean): number[] {
  return scene.cells.flatMap((thing, index) => (thing !== undefined && test(thing) ? [index] : []));
}

export function sameThing(left: Thing | undefined, right: Thing | undefined): boolean {
  return left?.colour === right?.colour && left?.shape === right?.shape;
}
