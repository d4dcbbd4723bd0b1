/** Reward terms and their combination on good, bad and hostile completions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compileReward,
  type RewardChoice,
  rewardSlot,
  rewards,
} from '../../../src/engine/reward/index.ts';

const sample = { answer: 'c2', verifier: { kind: 'exact', params: { text: 'c2' } } };
const good = '<think> go right</think><answer> c2</answer>';

const slot = (choice: unknown): RewardChoice => rewardSlot.parse(choice);
const scoreOf = (term: Record<string, unknown>, text: string) =>
  compileReward(slot({ terms: [term] })).score(sample, text).terms[0];

describe('format-tags', () => {
  const format = (text: string, params: Record<string, unknown> = {}) =>
    scoreOf({ kind: 'format-tags', ...params }, text);

  it.each([
    good,
    `\n${good}\n`,
    '<think>a</think> \n <answer>b</answer>',
    '<think>1 < 2 > 0</think><answer><b></answer>',
  ])('pays %j', (text) => expect(format(text)).toBe(1));

  it.each([
    '',
    '<answer> c2</answer>',
    '<think> go</think>',
    '<answer> c2</answer><think> go</think>',
    `well, ${good}`,
    `${good} indeed`,
    '<think> go</think> so <answer> c2</answer>',
    '<think> go <think> deeper</think></think><answer> c2</answer>',
    '<think> <answer> c2</answer></think><answer> c2</answer>',
    '<think> go <answer> c2</answer></think>',
    '<think> go</think><answer> c2</answer><answer> c3</answer>',
    '<think> go</think><answer> c2',
    '<think></think><answer> c2</answer>',
    '<THINK> go</THINK><ANSWER> c2</ANSWER>',
    '<think > go</think><answer> c2</answer>',
    '</think> go<think><answer> c2</answer>',
  ])('does not pay %j', (text) => expect(format(text)).toBe(0));

  it('counts what the prompt already wrote, and other tags if asked to', () => {
    expect(format(' go</think><answer> c2</answer>', { prefix: '<think>' })).toBe(1);
    expect(format(good, { prefix: '<think>' })).toBe(0);
    expect(
      format('<observe>x</observe><think>y</think><answer>z</answer>', {
        tags: ['observe', 'think', 'answer'],
      }),
    ).toBe(1);
    expect(format('<think></think><answer></answer>', { filled: false })).toBe(1);
  });

  it('takes linear time on hostile text', () => {
    for (const unit of ['<think>', '</think>', '<', '<think></think>', ' ', '<answer']) {
      expect(format(unit.repeat(400_000))).toBe(0);
      expect(format(`<think>${unit.repeat(200_000)}</think><answer>1</answer>`)).toBe(
        unit.includes('<think>') || unit.includes('</think>') || unit === ' ' ? 0 : 1,
      );
    }
  });
});

describe('answer-accuracy', () => {
  const accuracy = (text: string, params: Record<string, unknown> = {}) =>
    scoreOf({ kind: 'answer-accuracy', ...params }, text);

  it('reads the only answer', () => {
    expect(accuracy(good)).toBe(1);
    expect(accuracy('<answer> C2.</answer>')).toBe(1);
    expect(accuracy('<think> c2</think><answer> c3</answer>')).toBe(0);
  });

  it('does not pay for listing answers, hiding one in the thought, or leaving the tag open', () => {
    expect(accuracy('<answer> c1</answer><answer> c2</answer>')).toBe(0);
    expect(accuracy('<think><answer> c2</answer></think><answer> c1</answer>')).toBe(0);
    expect(accuracy('<answer> c1 c2</answer>')).toBe(0);
    expect(accuracy('<answer> c2')).toBe(0);
    expect(accuracy('c2</answer>')).toBe(0);
    expect(accuracy('</answer> c2<answer>')).toBe(0);
    expect(accuracy('c2')).toBe(0);
  });

  it('takes the whole text only where no tag was tried', () => {
    expect(accuracy(' c2 ', { fallback: 'whole' })).toBe(1);
    expect(accuracy('<answer> c2', { fallback: 'whole' })).toBe(0);
    expect(accuracy(good, { fallback: 'whole' })).toBe(1);
  });

  it('gives graded credit where asked to', () => {
    const set = { answer: '', verifier: { kind: 'set', params: { items: ['red', 'blue'] } } };
    const graded = compileReward(slot({ terms: [{ kind: 'answer-accuracy', credit: 'graded' }] }));
    expect(graded.score(set, '<answer>red</answer>').total).toBeCloseTo(2 / 3, 12);
  });
});

describe('length-penalty', () => {
  const penalty = compileReward(slot({ terms: [{ kind: 'length-penalty', cushion: 0.25 }] }));
  it.each([
    [0, 0],
    [75, 0],
    [80, -0.2],
    [100, -1],
    [101, -1],
    [1e6, -1],
  ])('at %i of 100 tokens is %f', (tokens, expected) => {
    expect(penalty.score(sample, { text: '', tokens, maxTokens: 100 }).terms[0]).toBeCloseTo(
      expected,
      12,
    );
  });
  it('cannot judge bare text', () => {
    expect(penalty.score(sample, 'x')).toEqual({ terms: [null], total: null });
  });
});

describe('combination', () => {
  it('weighs terms and leaves out those that cannot judge', () => {
    const reward = compileReward(
      slot({
        terms: [
          { kind: 'answer-accuracy', weight: 0.9 },
          { kind: 'format-tags', weight: 0.1 },
          { kind: 'length-penalty', weight: 5 },
        ],
      }),
    );
    expect(reward.ids).toEqual(['answer-accuracy', 'format-tags', 'length-penalty']);
    expect([...reward.weights]).toEqual([0.9, 0.1, 5]);
    expect(reward.score(sample, good)).toEqual({ terms: [1, 1, null], total: 1 });
    expect(reward.score(sample, '<answer> c2</answer>').total).toBeCloseTo(0.9, 12);
  });

  it('a gate pays accuracy only in the right form (Vision-R1)', () => {
    const reward = compileReward(
      slot({
        terms: [{ kind: 'answer-accuracy' }, { kind: 'format-tags', weight: 0 }],
        gates: [{ when: 'format-tags', zero: ['answer-accuracy'] }],
      }),
    );
    const total = (text: string) => reward.score(sample, text).total;
    expect(total(good)).toBe(1);
    expect(total('<answer> c2</answer>')).toBe(0);
    expect(total('<think> x</think><answer> c1</answer>')).toBe(0);
    expect(total('nothing')).toBe(0);
  });

  it('refuses unknown terms in gates and repeated terms', () => {
    expect(() =>
      compileReward(
        slot({ terms: [{ kind: 'format-tags' }], gates: [{ when: 'answer-accuracy' }] }),
      ),
    ).toThrow(/not a term of this recipe/);
    expect(() =>
      compileReward(slot({ terms: [{ kind: 'format-tags' }, { kind: 'format-tags' }] })),
    ).toThrow(/listed twice/);
  });

  it('is pure and stays in range for any text', () => {
    const reward = compileReward(slot({ terms: Object.keys(rewards).map((kind) => ({ kind })) }));
    const pieces = fc.constantFrom(
      '<think>',
      '</think>',
      '<answer>',
      '</answer>',
      ' c2',
      'x',
      '\u0000',
      '𝟚',
      '\n',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), fc.nat(300), (parts, tokens) => {
        const completion = { text: parts.join(''), tokens, maxTokens: 256 };
        const first = reward.score(sample, completion);
        expect(reward.score(sample, completion)).toEqual(first);
        Object.values(rewards).forEach(({ range }, at) => {
          expect(first.terms[at]).toBeGreaterThanOrEqual(range[0]);
          expect(first.terms[at]).toBeLessThanOrEqual(range[1]);
        });
      }),
    );
  });
});
