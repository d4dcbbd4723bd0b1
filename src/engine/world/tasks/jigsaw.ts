/**
 * A picture cut into four pieces and shuffled: which shown piece belongs upper left, upper right,
 * lower left, lower right. Big shapes lie across the seams and, at the easier levels, a gradient
 * runs through the picture; only one arrangement joins well, which is checked on the pixels.
 */

import type { Rng } from '../../rng.ts';
import { COLOURS, type Colour, PALETTE, SHAPES, type Shape, sayNumber } from '../lexicon.ts';
import { Canvas } from '../raster.ts';
import { CELL } from '../scenes.ts';
import type { Evidence, TaskDefinition, WorldImage } from '../types.ts';

const SIDE = 4 * CELL;
const HALF = SIDE / 2;
/** The four half seams: where shapes lie, in pixels. */
const SEAMS = [
  { x: HALF, y: HALF / 2 },
  { x: HALF, y: HALF + HALF / 2 },
  { x: HALF / 2, y: HALF },
  { x: HALF + HALF / 2, y: HALF },
] as const;
/**
 * Levels of gradient a pixel, by difficulty. Never none: pieces whose cut shapes lie on the outside
 * join as well, and only the gradient then tells upper from lower and left from right.
 */
const SLOPES = [2.4, 1.6, 0.8, 0.6, 0.6] as const;
/** The second best arrangement must join at least this much worse, or the drawing is thrown away. */
const MARGIN = 1.5;

interface Blob {
  readonly colour: Colour;
  readonly shape: Shape;
}

/** All orders of four pieces, in lexicographic order. */
export const ORDERS: readonly (readonly number[])[] = permutations([0, 1, 2, 3]);

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

/** Every third order is kept for `combos`; the identity is never shown. */
function isHeldOutOrder(order: readonly number[]): boolean {
  return ORDERS.findIndex((other) => other.join() === order.join()) % 3 === 1;
}

export const jigsaw: TaskDefinition = {
  id: 'jigsaw',
  about: 'put four shuffled pieces of a picture back in order',
  levels: [1, 4],
  harderLevels: [5, 5],
  guessBound: 0.15,
  draft(rng, { difficulty, heldOut }) {
    // order[p] is the number of the shown piece that belongs at place p of the picture.
    const order = rng.pick(
      ORDERS.filter(
        (candidate) => candidate.join() !== '0,1,2,3' && isHeldOutOrder(candidate) === heldOut,
      ),
    );
    const blobs = rng
      .shuffle(COLOURS)
      .slice(0, SEAMS.length)
      .map((colour): Blob => ({ colour, shape: rng.pick(SHAPES) }));
    const missing = difficulty >= 5 ? rng.int(0, SEAMS.length - 1) : -1;
    const shown = blobs.map((blob, seam) => (seam === missing ? undefined : blob));
    const answer = order.map((piece) => sayNumber(piece + 1)).join(' ');
    const places = ['first', 'second', 'third', 'fourth'];
    const steps = order.map((piece, place) => `${places[place]} piece ${sayNumber(piece + 1)}`);
    return {
      content: `${shown.map((blob) => (blob === undefined ? '..' : `${blob.colour} ${blob.shape}`)).join(',')}|${order.join('')}|${difficulty}`,
      heldOut: isHeldOutOrder(order),
      finish(renderRng) {
        const image = drawJigsaw(renderRng, shown, order, SLOPES[difficulty - 1] ?? 0);
        return {
          images: [image],
          question: 'order of the pieces',
          answer,
          answerType: 'order',
          verifier: { kind: 'sequence', params: { items: answer.split(' ') } },
          caption: shown
            .map((blob) => (blob === undefined ? '.' : `${blob.colour} ${blob.shape}`))
            .join(' '),
          boxes: order.map((piece, place): Evidence => {
            const { x, y } = corner(piece);
            return {
              image: 0,
              x0: x,
              y0: y,
              x1: x + HALF,
              y1: y + HALF,
              what: `${places[place]} piece`,
            };
          }),
          steps,
          thought: steps.join(' '),
          patchLabels: Array.from({ length: 16 }, (_, cell) => {
            const piece = Math.floor(cell / 8) * 2 + Math.floor((cell % 4) / 2);
            return [places[order.indexOf(piece)] ?? '.'];
          }),
          meta: {
            order: order.map((piece) => piece + 1),
            shapes: shown.map((blob) => blob ?? null),
          },
        };
      },
    };
  },
};

function corner(piece: number): { x: number; y: number } {
  return { x: (piece % 2) * HALF, y: Math.floor(piece / 2) * HALF };
}

/** Draws until exactly one arrangement joins best, then deals the pieces out. */
function drawJigsaw(
  rng: Rng,
  blobs: readonly (Blob | undefined)[],
  order: readonly number[],
  slope: number,
): WorldImage {
  for (let attempt = 0; ; attempt++) {
    const drawing = rng.fork(attempt);
    const canvas = new Canvas(SIDE, SIDE).gradient([24, 24, 40], slope);
    SEAMS.forEach(({ x, y }, seam) => {
      const blob = blobs[seam];
      if (blob === undefined) return;
      const radius = drawing.float(9, 11.5);
      canvas.shape(
        blob.shape,
        x + drawing.float(-3, 3),
        y + drawing.float(-3, 3),
        radius,
        PALETTE[blob.colour],
      );
    });
    const shuffled = deal(canvas.image(), order);
    const costs = ORDERS.map((candidate) => joinCost(shuffled, candidate)).sort(
      (left, right) => left - right,
    );
    const best = joinCost(shuffled, order);
    if (best === costs[0] && (costs[1] ?? 0) > best + MARGIN) return shuffled;
  }
}

/** Moves the part at place p of the picture to where piece order[p] is shown. */
function deal(picture: WorldImage, order: readonly number[]): WorldImage {
  const rgb = new Uint8Array(picture.rgb.length);
  order.forEach((piece, place) => {
    const from = corner(place);
    const to = corner(piece);
    for (let y = 0; y < HALF; y++) {
      const source = ((from.y + y) * SIDE + from.x) * 3;
      rgb.set(picture.rgb.subarray(source, source + HALF * 3), ((to.y + y) * SIDE + to.x) * 3);
    }
  });
  return { ...picture, rgb };
}

/** Mean step of colour across the seams when the shown pieces are laid in this order. */
export function joinCost(shown: WorldImage, order: readonly number[]): number {
  const pixel = (place: number, x: number, y: number, channel: number): number => {
    const at = corner(order[place] ?? 0);
    return shown.rgb[((at.y + y) * SIDE + at.x + x) * 3 + channel] ?? 0;
  };
  let cost = 0;
  for (let along = 0; along < HALF; along++) {
    for (let channel = 0; channel < 3; channel++) {
      for (const [left, right] of [
        [0, 1],
        [2, 3],
      ] as const)
        cost += Math.abs(pixel(left, HALF - 1, along, channel) - pixel(right, 0, along, channel));
      for (const [upper, lower] of [
        [0, 2],
        [1, 3],
      ] as const)
        cost += Math.abs(pixel(upper, along, HALF - 1, channel) - pixel(lower, along, 0, channel));
    }
  }
  return cost / (HALF * 3 * 4);
}
