/** Verifiers with right, wrong and hostile answers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type VerifierKind,
  verifiers,
  verifyAnswer,
} from '../../../src/engine/reward/verify/index.ts';
import type { VerifierSpec } from '../../../src/engine/sample.ts';

const judge = (verifier: VerifierSpec, answer: string) =>
  verifyAnswer({ answer: '', verifier }, answer);

interface Table {
  readonly verifier: VerifierSpec;
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}

const box = { x0: 16, y0: 16, x1: 48, y1: 32 };
const tables = {
  exact: {
    verifier: { kind: 'exact', params: { text: 'red circle' } },
    right: ['red circle', ' Red  Circle.', '"red circle"', 'ｒｅｄ circle'],
    wrong: ['red', 'circle red', '', 'red circle red circle', 'not red circle'],
  },
  number: {
    verifier: { kind: 'number', params: { value: 12, tolerance: 0.5 } },
    right: ['12', '12.5', '+12.0', '1 2', '24/2', '1.2e1', '$12', '１２', 'twelve', '1200%'],
    wrong: [
      '13',
      '12 13',
      'NaN',
      'nan',
      'Infinity',
      '-12',
      '0xC',
      '١٢',
      '1_2',
      '12 apples',
      '',
      '12,',
      '1,2',
      '24/0',
      '1e999',
      '12e',
      '--12',
    ],
  },
  choice: {
    verifier: { kind: 'choice', params: { options: ['red', 'blue', 'green'], correct: 1 } },
    right: ['B', 'b', '(b)', 'b)', 'B.', 'B: blue', 'blue', ' Blue. '],
    wrong: ['A', 'red', 'B: red', 'D', 'a b c', 'blue or red', 'bb', '', 'b c'],
  },
  set: {
    verifier: { kind: 'set', params: { items: ['red', 'blue'] } },
    right: ['red blue', 'blue, red', 'blue and red', '{Red; Blue}'],
    wrong: ['red', 'red blue green', 'red red blue', '', 'red, red'],
  },
  sequence: {
    verifier: { kind: 'sequence', params: { items: ['3', '1', '2'] } },
    right: ['3 1 2', '3, 1, 2', '[3, 1, 2]', '3 -> 1 -> 2', '3 then 1 then 2'],
    wrong: ['1 2 3', '3 1', '3 1 2 2', '312', ''],
  },
  box: {
    verifier: { kind: 'box', params: { box, cell: 16, columns: 4, rows: 4, minIou: 0.5 } },
    right: ['b2 c2', '[16, 16, 48, 32]', 'b2 to c2', '16 16 40 32', 'b2'],
    wrong: [
      'a1',
      '[48, 32, 16, 16]',
      '16 16 48',
      'b2 c2 d2',
      '1e308 1e308 1e309 1e309',
      '0 0 1e300 1e300',
      'nan nan nan nan',
      '',
    ],
  },
  point: {
    verifier: { kind: 'point', params: { box, cell: 16 } },
    right: ['b2', 'c2', '16 16', '(47.9, 31.9)'],
    wrong: ['a1', '48 32', 'b2 c2', '20', 'nan 20', ''],
  },
  interval: {
    verifier: { kind: 'interval', params: { start: 2, end: 4, minIou: 0.6 } },
    right: ['2 4', '2-4', '2 to 4', 'frames 2 to 3', 'two four', 'Two to four.'],
    wrong: ['2', '4 2', '1 9', '2 3 4', 'four two', 'twenty-four', ''],
  },
  path: {
    verifier: {
      kind: 'path',
      params: {
        edges: [
          ['a', 'b'],
          ['b', 'c'],
          ['a', 'd'],
          ['d', 'c'],
          ['c', 'e'],
        ],
        from: 'a',
        to: 'c',
        length: 3,
      },
    },
    right: ['a b c', 'A, D, C', 'a -> b -> c'],
    wrong: ['a c', 'a b', 'c b a', 'a b a b c', 'a b c e', '', 'a'],
  },
} as const satisfies Record<VerifierKind, Table>;

describe.each(Object.entries(tables))('%s', (_, { verifier, right, wrong }) => {
  it.each(right)('takes %j', (answer) => {
    const verdict = judge(verifier, answer);
    expect(verdict.isCorrect).toBe(true);
    expect(verdict.closeness).toBeGreaterThan(0);
  });
  it.each(wrong)('refuses %j', (answer) => {
    expect(judge(verifier, answer).isCorrect).toBe(false);
  });

  it('never throws, and closeness stays in [0, 1]', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc
        .array(
          fc.constantFrom('a', 'b2', '-', '1', '9e9', ',', ' ', '->', '[', '%', '/', '.', 'red'),
          { maxLength: 20 },
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (answer) => {
        const { isCorrect, closeness } = judge(verifier, answer);
        expect(closeness).toBeGreaterThanOrEqual(0);
        expect(closeness).toBeLessThanOrEqual(1);
        if (isCorrect) expect(closeness).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe('graded closeness', () => {
  it('is IoU, F1 or the agreeing share', () => {
    expect(judge(tables.box.verifier, '16 16 32 32').closeness).toBeCloseTo(0.5, 12);
    expect(judge(tables.set.verifier, 'red').closeness).toBeCloseTo(2 / 3, 12);
    expect(judge(tables.sequence.verifier, '3 2 1').closeness).toBeCloseTo(1 / 3, 12);
    expect(judge(tables.interval.verifier, '1 4').closeness).toBeCloseTo(0.75, 12);
    expect(judge(tables.path.verifier, 'a b').closeness).toBeCloseTo(0.25, 12);
  });
});

describe('bad samples', () => {
  it('names an unknown verifier and bad parameters', () => {
    expect(() => judge({ kind: 'oracle', params: {} }, '1')).toThrow(/unknown verifier 'oracle'/);
    expect(() => judge({ kind: 'toString', params: {} }, '1')).toThrow(/unknown verifier/);
    expect(() => judge({ kind: 'number', params: { value: 'x' } }, '1')).toThrow(
      /bad parameters of verifier 'number': value/,
    );
  });
});

it('does not read an endless answer', () => {
  for (const unit of ['1', ' ', '.', 'a ', '1,', '(', '-', 'ﷺ']) {
    for (const { verifier } of Object.values(tables)) {
      expect(judge(verifier, unit.repeat(1_000_000)).isCorrect).toBe(false);
      // Just under the cap, where everything is read.
      expect(judge(verifier, unit.repeat(Math.floor(1999 / unit.length))).isCorrect).toBe(false);
    }
  }
});

it('has a table here for every verifier', () => {
  expect(Object.keys(tables).sort()).toEqual(Object.keys(verifiers).sort());
});
