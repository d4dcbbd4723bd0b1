/**
 * The words of the world. Every word here is one token of the bundled tokenizer when a space
 * precedes it; cells are named as on a chess board turned over: column letter, then row digit
 * counted from the top (`c2`), which is one token in a 4x4 grid and two beyond.
 */
export const COLOURS = ['red', 'green', 'blue', 'yellow', 'purple'] as const;
export type Colour = (typeof COLOURS)[number];

export const SHAPES = ['circle', 'square', 'triangle', 'cross'] as const;
export type Shape = (typeof SHAPES)[number];

export type Rgb = readonly [number, number, number];

/** Mean colour of an object, 0..255; rendering adds jitter. */
export const PALETTE: Readonly<Record<Colour, Rgb>> = {
  red: [222, 52, 48],
  green: [64, 186, 72],
  blue: [56, 104, 232],
  yellow: [236, 208, 56],
  purple: [176, 72, 204],
};

/** Where a shape sends the walker; a cross ends the walk. */
export const SHAPE_MOVES = {
  circle: { word: 'right', dx: 1, dy: 0 },
  square: { word: 'below', dx: 0, dy: 1 },
  triangle: { word: 'left', dx: -1, dy: 0 },
  cross: undefined,
} as const satisfies Record<Shape, { word: string; dx: number; dy: number } | undefined>;

/** Colour-shape pairs that only the `combos` split shows. */
export const HELD_OUT_PAIRS: readonly (readonly [Colour, Shape])[] = [
  ['purple', 'square'],
  ['yellow', 'triangle'],
  ['green', 'circle'],
];

export function isHeldOutPair(colour: Colour, shape: Shape): boolean {
  return HELD_OUT_PAIRS.some(([c, s]) => c === colour && s === shape);
}

/** Small numbers are written as words, each one token. */
export const NUMBERS: readonly string[] =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen'.split(
    ' ',
  );

/** People of the text puzzles. */
export const NAMES: readonly string[] = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay'];

export function sayNumber(value: number): string {
  return NUMBERS[value] ?? String(value);
}

/** Reads digits or a number word; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  const word = NUMBERS.indexOf(text);
  if (word >= 0) return word;
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

const COLUMN_LETTERS = 'abcdefgh';

/** `cellName(2, 0)` is `c1`. */
export function cellName(column: number, row: number): string {
  return `${COLUMN_LETTERS[column] ?? '?'}${row + 1}`;
}

/** The inverse of {@link cellName}; undefined for anything that is not a cell. */
export function parseCell(text: string): { column: number; row: number } | undefined {
  const match = /^([a-h])([1-8])$/.exec(text.trim());
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { column: COLUMN_LETTERS.indexOf(match[1]), row: Number(match[2]) - 1 };
}
