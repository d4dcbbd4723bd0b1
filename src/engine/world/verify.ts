/**
 * Checks an answer against a verifier. In: the text between the answer tags and the verifier's data;
 * out: true or false. Anything that cannot be read is false, never an error: models write anything.
 */
import { assertNever } from '../../shared/assert-never.ts';
import { parseCell, parseNumber } from './lexicon.ts';
import type { Box, Verifier } from './types.ts';

/** Whether the answer is right. */
export function verify(verifier: Verifier, answer: string): boolean {
  const words = answer
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  switch (verifier.kind) {
    case 'exact':
      return words.join(' ') === verifier.params.text;
    case 'number': {
      const value = parseNumber(words.join(''));
      return (
        value !== undefined && Math.abs(value - verifier.params.value) <= verifier.params.tolerance
      );
    }
    case 'choice':
      return words.join(' ') === verifier.params.options[verifier.params.correct];
    case 'set':
      return sameItems([...words].sort(), [...verifier.params.items].sort());
    case 'sequence':
      return sameItems(words, verifier.params.items);
    case 'box': {
      const { box, cell, columns, rows, minIou } = verifier.params;
      const guess = readBox(words, cell, columns, rows);
      return guess !== undefined && boxIou(guess, box) >= minIou;
    }
    case 'point': {
      const { box, cell } = verifier.params;
      const place = words.length === 1 ? parseCell(words[0] ?? '') : undefined;
      if (place === undefined) return false;
      const x = (place.column + 0.5) * cell;
      const y = (place.row + 0.5) * cell;
      return x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1;
    }
    case 'interval': {
      const [start, end] = words.map(parseNumber);
      if (words.length !== 2 || start === undefined || end === undefined || end < start)
        return false;
      return (
        intervalIou([start, end], [verifier.params.start, verifier.params.end]) >=
        verifier.params.minIou
      );
    }
    case 'path':
      return isPath(words, verifier.params);
    default:
      return assertNever(verifier);
  }
}

function sameItems(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

/** Two cells, upper left and lower right, both inside the box. */
function readBox(
  words: readonly string[],
  cell: number,
  columns: number,
  rows: number,
): Box | undefined {
  const from = parseCell(words[0] ?? '');
  const to = parseCell(words[1] ?? '');
  if (words.length !== 2 || from === undefined || to === undefined) return undefined;
  if (to.column < from.column || to.row < from.row || to.column >= columns || to.row >= rows)
    return undefined;
  return {
    x0: from.column * cell,
    y0: from.row * cell,
    x1: (to.column + 1) * cell,
    y1: (to.row + 1) * cell,
  };
}

/** Intersection over union of two boxes, 0..1. */
export function boxIou(left: Box, right: Box): number {
  const width = Math.min(left.x1, right.x1) - Math.max(left.x0, right.x0);
  const height = Math.min(left.y1, right.y1) - Math.max(left.y0, right.y0);
  const shared = Math.max(0, width) * Math.max(0, height);
  const union = area(left) + area(right) - shared;
  return union > 0 ? shared / union : 0;
}

function area(box: Box): number {
  return (box.x1 - box.x0) * (box.y1 - box.y0);
}

/** Overlap of two runs of frames, both ends included. */
function intervalIou(left: readonly [number, number], right: readonly [number, number]): number {
  const shared = Math.max(0, Math.min(left[1], right[1]) - Math.max(left[0], right[0]) + 1);
  return shared / (left[1] - left[0] + 1 + (right[1] - right[0] + 1) - shared);
}

/** Any walk along the edges from `from` to `to` with exactly `length` stations is right. */
function isPath(
  words: readonly string[],
  params: Extract<Verifier, { kind: 'path' }>['params'],
): boolean {
  if (
    words.length !== params.length ||
    words[0] !== params.from ||
    words[words.length - 1] !== params.to
  )
    return false;
  const joined = new Set(params.edges.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]));
  return words.every((word, index) => index === 0 || joined.has(`${words[index - 1]} ${word}`));
}
