/**
 * Reads world pictures back without the world's own code: what is in a cell, from pixels alone.
 * Colours by the nearest of five hues, shapes by which outline covers the foreground best.
 */
import type { WorldImage } from '../../../src/engine/world/index.ts';

const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [222, 52, 48],
  green: [64, 186, 72],
  blue: [56, 104, 232],
  yellow: [236, 208, 56],
  purple: [176, 72, 204],
};

/** Outlines in a unit box, u to the right and v down, both -1..1. */
const OUTLINES: Readonly<Record<string, (u: number, v: number) => boolean>> = {
  circle: (u, v) => Math.hypot(u, v) < 1,
  square: () => true,
  triangle: (u, v) => Math.abs(u) < (v + 1) / 2,
  cross: (u, v) => Math.abs(Math.abs(u) - Math.abs(v)) < 0.42,
};

export type Seen = { readonly colour: string; readonly shape: string } | undefined;

export function pixel(image: WorldImage, x: number, y: number): [number, number, number] {
  const at = (Math.floor(y) * image.width + Math.floor(x)) * 3;
  return [image.rgb[at] ?? 0, image.rgb[at + 1] ?? 0, image.rgb[at + 2] ?? 0];
}

/** Spread between the strongest and the weakest channel, beyond what the backdrop has. */
function isForeground(image: WorldImage, x: number, y: number): boolean {
  const backdrop = [20 + 1.2 * x, 20 + 1.2 * y, 44];
  const distance = pixel(image, x, y).reduce(
    (sum, value, channel) => sum + Math.abs(value - (backdrop[channel] ?? 0)),
    0,
  );
  return distance > 90;
}

export function nearestColour(rgb: readonly number[]): string {
  const distance = (name: string): number =>
    (COLOURS[name] ?? []).reduce(
      (sum, value, channel) => sum + (value - (rgb[channel] ?? 0)) ** 2,
      0,
    );
  return Object.keys(COLOURS).sort((a, b) => distance(a) - distance(b))[0] ?? '';
}

/** What stands in the 16 x 16 cell. */
export function readCell(image: WorldImage, column: number, row: number): Seen {
  const inside: [number, number][] = [];
  for (let y = row * 16; y < row * 16 + 16; y++) {
    for (let x = column * 16; x < column * 16 + 16; x++)
      if (isForeground(image, x, y)) inside.push([x, y]);
  }
  if (inside.length < 12) return undefined;
  const xs = inside.map(([x]) => x);
  const ys = inside.map(([, y]) => y);
  const [left, right, top, bottom] = [
    Math.min(...xs),
    Math.max(...xs) + 1,
    Math.min(...ys),
    Math.max(...ys) + 1,
  ];
  const filled = new Set(inside.map(([x, y]) => `${x},${y}`));
  const agreement = (shape: string): number => {
    let agree = 0;
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const u = ((x + 0.5 - left) / (right - left)) * 2 - 1;
        const v = ((y + 0.5 - top) / (bottom - top)) * 2 - 1;
        if (OUTLINES[shape]?.(u, v) === filled.has(`${x},${y}`)) agree++;
      }
    }
    return agree;
  };
  const shape = Object.keys(OUTLINES).sort((a, b) => agreement(b) - agreement(a))[0] ?? '';
  const middle = inside.filter(([x, y]) =>
    [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ].every(([dx, dy]) => filled.has(`${x + (dx ?? 0)},${y + (dy ?? 0)}`)),
  );
  const mean = [0, 1, 2].map(
    (channel) =>
      middle.reduce((sum, [x, y]) => sum + (pixel(image, x, y)[channel] ?? 0), 0) / middle.length,
  );
  return { colour: nearestColour(mean), shape };
}

const grids = new WeakMap<WorldImage, Seen[]>();

/** The whole grid, row by row; a picture is read once. */
export function readGrid(image: WorldImage): Seen[] {
  const known = grids.get(image);
  if (known !== undefined) return known;
  const columns = image.width / 16;
  const cells = Array.from({ length: columns * (image.height / 16) }, (_, index) =>
    readCell(image, index % columns, Math.floor(index / columns)),
  );
  grids.set(image, cells);
  return cells;
}

export function nameAt(index: number, columns = 4): string {
  return `${'abcdefgh'[index % columns]}${Math.floor(index / columns) + 1}`;
}

export function spoken(seen: Seen): string {
  return seen === undefined ? '.' : `${seen.colour} ${seen.shape}`;
}
