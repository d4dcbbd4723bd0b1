/**
 * Every kernel of this device against its composite in f64: the table's own examples, and sizes
 * that reach the vector tails, the row chunks and more than one thread.
 */
import { describe, expect, test } from 'vitest';
import { opNames, rowOf } from '../../../src/engine/graph/ops/index.ts';
import { between, tensor, values } from '../../../src/engine/graph/ops/op.ts';
import { checkFused, nativeRows, TOLERANCE } from '../../oracle/check-fused.ts';
import type { OpExample } from '../../oracle/check-op.ts';
import { random, range } from '../../oracle/nd.ts';

const indices = (n: number, below: number) => {
  const { uniform } = random(n);
  return values(
    'i32',
    [n],
    range(n).map(() => Math.floor(uniform() * below)),
  );
};
const attention = (rows: number, heads: number, kvHeads: number, size: number) =>
  [tensor(rows, (heads + 2 * kvHeads) * size), tensor(rows, size), tensor(rows, size)] as const;
const norm = (rows: number, width: number) => [tensor(rows, width), tensor(width)];
const SIZES = [
  [1, 31],
  [33, 257],
  [509, 64],
] as const;

/** A prompt of 97 rows shared by two completions, a window without causality elsewhere. */
const SHARED = values('i32', [3, 4], [0, 97, 0, 0, 97, 33, 0, 97, 130, 61, 0, 97]);

const LARGER: Readonly<Record<string, readonly OpExample[]>> = {
  rmsNorm: SIZES.map(([n, d]) => ({ inputs: norm(n, d), attrs: { eps: 1e-6 } })),
  addRmsNorm: SIZES.map(([n, d]) => ({
    inputs: [tensor(n, d), ...norm(n, d)],
    attrs: { eps: 1e-6 },
  })),
  swiglu: SIZES.map(([n, d]) => ({ inputs: [tensor(n, 2 * d)] })),
  attention: [
    {
      inputs: [...attention(193, 4, 2, 16), SHARED],
      attrs: { heads: 4, kvHeads: 2, causal: true, scale: 0.25 },
    },
    {
      inputs: [...attention(131, 3, 3, 10), values('i32', [2, 4], [0, 67, 0, 0, 67, 61, 0, 0])],
      attrs: { heads: 3, kvHeads: 3, causal: false, scale: 0.3 },
    },
  ],
  decodeAttention: [
    {
      inputs: [
        ...attention(5, 4, 2, 16),
        tensor(37, 64),
        values('i32', [5, 4], [0, 31, 4, 0, 0, 31, 1, 16, 31, 6, 0, 3, 0, 0, 2, 7, 36, 1, 5, 11]),
        tensor(6, 17, 64),
      ],
      attrs: { heads: 4, kvHeads: 2, scale: 0.25 },
    },
  ],
  tokenLogprob: [
    [67, 32, 1021],
    [1, 64, 331],
    [521, 16, 97],
  ].map(([m = 0, d = 0, v = 0]) => ({
    inputs: [tensor(m, d), tensor(v, d), indices(m, v), between(0.5, 1.5, 1)],
  })),
  scatterAddRows: [
    { inputs: [tensor(997, 33), indices(997, 13), tensor(13, 33)] },
    { inputs: [tensor(31, 64), indices(31, 1009), tensor(1009, 64)] },
  ],
  sumSquares: [{ inputs: [tensor(100_003)] }, { inputs: [tensor(0)] }],
  adamw: [
    {
      inputs: [
        ...[tensor(10_007), tensor(10_007), between(0, 1, 10_007), tensor(10_007)],
        values('float', [8], [1e-3, 0.9, 0.95, 1e-8, 0.01, 0.271, 0.142625, 1]),
      ],
    },
  ],
};

const rows = nativeRows(opNames);

test('every kernel has a tolerance', () => {
  expect(rows.filter((op) => !(op in TOLERANCE))).toEqual([]);
});

describe.each(rows)('%s', (op) => {
  test('kernel equals composite', () => {
    for (const example of rowOf(op).examples) checkFused(op, example);
  });
  test('kernel equals composite at larger sizes', () => {
    for (const example of LARGER[op] ?? []) checkFused(op, example);
  });
});
