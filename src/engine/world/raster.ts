/**
 * A tiny RGB rasteriser: filled shapes, lines, digits. In: geometry in pixels (real numbers, the
 * centre of the first pixel is at 0.5); out: bytes. Edges are smoothed by 3 x 3 samples a pixel.
 * Pure arithmetic on one array, so a picture is the same on every machine.
 */
import type { Rgb, Shape } from './lexicon.ts';
import type { Box, WorldImage } from './types.ts';

/** Samples along each axis of a pixel. */
const SAMPLES = 3;

/** 3 x 5 glyphs, one row of bits after the other, most significant bit left. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  '0': [7, 5, 5, 5, 7],
  '1': [2, 6, 2, 2, 7],
  '2': [7, 1, 7, 4, 7],
  '3': [7, 1, 3, 1, 7],
  '4': [5, 5, 7, 1, 1],
  '5': [7, 4, 7, 1, 7],
  '6': [7, 4, 7, 5, 7],
  '7': [7, 1, 2, 2, 2],
  '8': [7, 5, 7, 5, 7],
  '9': [7, 5, 7, 1, 7],
  a: [2, 5, 7, 5, 5],
  b: [6, 5, 6, 5, 6],
  c: [7, 4, 4, 4, 7],
  d: [6, 5, 5, 5, 6],
  e: [7, 4, 6, 4, 7],
  f: [7, 4, 6, 4, 4],
  g: [7, 4, 5, 5, 7],
  h: [5, 5, 7, 5, 5],
  '-': [0, 0, 7, 0, 0],
  ':': [0, 2, 0, 2, 0],
};

export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;

  constructor(width: number, height: number, fill: Rgb = [0, 0, 0]) {
    this.width = width;
    this.height = height;
    this.rgb = new Uint8Array(width * height * 3);
    for (let at = 0; at < this.rgb.length; at += 3) this.rgb.set(fill, at);
  }

  /** Red grows to the right and green downwards, which tells the model where a patch lies. */
  gradient(base: Rgb, levelsPerPixel: number): this {
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        const at = (y * this.width + x) * 3;
        this.rgb[at] = clampByte(base[0] + x * levelsPerPixel);
        this.rgb[at + 1] = clampByte(base[1] + y * levelsPerPixel);
        this.rgb[at + 2] = clampByte(base[2]);
      }
    }
    return this;
  }

  /** Fills every point of `bounds` for which `inside` holds; colours mix by coverage. */
  fill(bounds: Box, colour: Rgb, inside: (x: number, y: number) => boolean): void {
    const x1 = Math.min(this.width, Math.ceil(bounds.x1));
    const y1 = Math.min(this.height, Math.ceil(bounds.y1));
    for (let y = Math.max(0, Math.floor(bounds.y0)); y < y1; y++) {
      for (let x = Math.max(0, Math.floor(bounds.x0)); x < x1; x++) {
        let hits = 0;
        for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
          const dx = ((sample % SAMPLES) + 0.5) / SAMPLES;
          const dy = (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
          if (inside(x + dx, y + dy)) hits++;
        }
        if (hits > 0) this.#blend(x, y, colour, hits / (SAMPLES * SAMPLES));
      }
    }
  }

  rectangle(box: Box, colour: Rgb): void {
    this.fill(box, colour, (x, y) => x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1);
  }

  disc(cx: number, cy: number, radius: number, colour: Rgb): void {
    this.fill(
      around(cx, cy, radius),
      colour,
      (x, y) => (x - cx) ** 2 + (y - cy) ** 2 <= radius * radius,
    );
  }

  /** A round-ended stroke. */
  line(x0: number, y0: number, x1: number, y1: number, width: number, colour: Rgb): void {
    const half = width / 2;
    const dx = x1 - x0;
    const dy = y1 - y0;
    const squared = dx * dx + dy * dy || 1;
    const bounds = {
      x0: Math.min(x0, x1) - half,
      y0: Math.min(y0, y1) - half,
      x1: Math.max(x0, x1) + half,
      y1: Math.max(y0, y1) + half,
    };
    this.fill(bounds, colour, (x, y) => {
      const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / squared));
      return (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2 <= half * half;
    });
  }

  /** One of the four shapes, `radius` being half the side of its bounding box. */
  shape(shape: Shape, cx: number, cy: number, radius: number, colour: Rgb): Box {
    const bounds = around(cx, cy, radius);
    this.fill(bounds, colour, (x, y) => shapeContains(shape, (x - cx) / radius, (y - cy) / radius));
    return bounds;
  }

  /** Small digits and the letters a-h, `scale` whole pixels a dot; (x, y) is the upper left corner. */
  text(text: string, x: number, y: number, colour: Rgb, scale = 1): void {
    [...text].forEach((letter, position) => {
      const rows = GLYPHS[letter] ?? [];
      rows.forEach((bits, row) => {
        for (let column = 0; column < 3; column++) {
          if ((bits & (4 >> column)) === 0) continue;
          const left = x + (position * 4 + column) * scale;
          const top = y + row * scale;
          this.rectangle({ x0: left, y0: top, x1: left + scale, y1: top + scale }, colour);
        }
      });
    });
  }

  image(): WorldImage {
    return { width: this.width, height: this.height, rgb: this.rgb };
  }

  #blend(x: number, y: number, colour: Rgb, share: number): void {
    const at = (y * this.width + x) * 3;
    for (let channel = 0; channel < 3; channel++) {
      const old = this.rgb[at + channel] ?? 0;
      this.rgb[at + channel] = clampByte(old + ((colour[channel] ?? 0) - old) * share);
    }
  }
}

/** Whether a point, in units of the radius around the centre, belongs to the shape. */
function shapeContains(shape: Shape, u: number, v: number): boolean {
  switch (shape) {
    case 'circle':
      return u * u + v * v <= 1;
    case 'square':
      return Math.abs(u) <= 0.86 && Math.abs(v) <= 0.86;
    case 'triangle':
      return v <= 0.9 && Math.abs(u) <= (v + 1) / 1.9;
    case 'cross': // arms along the diagonals, so that it is not a square with corners cut off
      return (
        Math.abs(u) <= 1 && Math.abs(v) <= 1 && (Math.abs(u - v) <= 0.46 || Math.abs(u + v) <= 0.46)
      );
  }
}

function around(cx: number, cy: number, radius: number): Box {
  return { x0: cx - radius, y0: cy - radius, x1: cx + radius, y1: cy + radius };
}

function clampByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
