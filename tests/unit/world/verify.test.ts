/** Each kind of verifier at its edges. */
import { describe, expect, it } from 'vitest';
import { parseCompletion, type Verifier, verify } from '../../../src/engine/world/index.ts';

const CASES: readonly {
  readonly name: string;
  readonly verifier: Verifier;
  readonly right: readonly string[];
  readonly wrong: readonly string[];
}[] = [
  {
    name: 'exact',
    verifier: { kind: 'exact', params: { text: 'c2' } },
    right: ['c2', ' c2 '],
    wrong: ['c3', 'C2', 'c2 c2', ''],
  },
  {
    name: 'number',
    verifier: { kind: 'number', params: { value: 7, tolerance: 0 } },
    right: ['seven', '7', '7.0'],
    wrong: ['6', 'eight', '7x', '', '7 7', 'NaN', '1e1'],
  },
  {
    name: 'number with tolerance',
    verifier: { kind: 'number', params: { value: 7, tolerance: 1 } },
    right: ['6', '8'],
    wrong: ['5.9', '-7'],
  },
  {
    name: 'choice',
    verifier: { kind: 'choice', params: { options: ['turn left', 'turn right'], correct: 1 } },
    right: ['turn right'],
    wrong: ['turn left', 'right'],
  },
  {
    name: 'set',
    verifier: { kind: 'set', params: { items: ['red', 'blue'] } },
    right: ['red blue', 'blue red'],
    wrong: ['red', 'red red', 'red blue blue'],
  },
  {
    name: 'sequence',
    verifier: { kind: 'sequence', params: { items: ['one', 'two'] } },
    right: ['one two'],
    wrong: ['two one', 'one'],
  },
  {
    name: 'box',
    verifier: {
      kind: 'box',
      params: {
        box: { x0: 16, y0: 16, x1: 48, y1: 48 },
        columns: 4,
        rows: 4,
        cell: 16,
        minIou: 0.5,
      },
    },
    right: ['b2 c3', 'b2 b3', 'a2 c3'],
    wrong: ['b2 b2', 'c3 b2', 'a1 d4', 'b2', 'b2 c3 c3', 'b2 c9', 'b2 e3'],
  },
  {
    name: 'point',
    verifier: { kind: 'point', params: { box: { x0: 16, y0: 0, x1: 32, y1: 16 }, cell: 16 } },
    right: ['b1'],
    wrong: ['a1', 'b2', 'b1 b1', ''],
  },
  {
    name: 'interval',
    verifier: { kind: 'interval', params: { start: 2, end: 4, minIou: 0.6 } },
    right: ['two four', '2 3', '1 4'],
    wrong: ['4 2', '4 4', '2', 'two four four'],
  },
  {
    name: 'path',
    verifier: {
      kind: 'path',
      params: {
        edges: [
          ['a', 'b'],
          ['b', 'c'],
          ['a', 'd'],
          ['d', 'c'],
          ['a', 'c'],
        ],
        from: 'a',
        to: 'c',
        length: 3,
      },
    },
    right: ['a b c', 'a d c'],
    wrong: ['a c', 'c b a', 'a b', 'a e c', 'a b a c'],
  },
];

describe('verify', () => {
  it.each(CASES)('$name', ({ verifier, right, wrong }) => {
    for (const answer of right) expect(verify(verifier, answer), answer).toBe(true);
    for (const answer of wrong) expect(verify(verifier, answer), answer).toBe(false);
  });
});

describe('parseCompletion', () => {
  it('takes the last complete answer and calls only the exact form well-formed', () => {
    expect(parseCompletion('<think> a</think><answer> b</answer>')).toEqual({
      thought: 'a',
      answer: 'b',
      wellFormed: true,
    });
    expect(parseCompletion('<answer> a</answer><answer> b</answer>')).toMatchObject({
      answer: 'b',
      wellFormed: false,
    });
    expect(parseCompletion('<think> a</think><answer> b')).toEqual({
      thought: 'a',
      answer: undefined,
      wellFormed: false,
    });
    expect(parseCompletion('<think> a</think><answer> b</answer> c')).toMatchObject({
      answer: 'b',
      wellFormed: false,
    });
    expect(parseCompletion('<think> <think> a</think><answer> b</answer>')).toMatchObject({
      wellFormed: false,
    });
    expect(parseCompletion('')).toEqual({
      thought: undefined,
      answer: undefined,
      wellFormed: false,
    });
  });
});
