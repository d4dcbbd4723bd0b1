/** Rules of the health strip over curves made up for them: what is in band is silent, the rest is told. */
import { describe, expect, it } from 'vitest';
import { OFFLINE_RULES } from '../../../src/main/runs/health/offline.ts';
import { judgeAll, ONLINE_RULES } from '../../../src/main/runs/health/online.ts';
import type { HealthGroup, HealthInput } from '../../../src/main/runs/health/rules.ts';

/** `count` points of a curve, with a little noise that is the same every time. */
const curve = (count: number, value: (x: number) => number) =>
  Array.from({ length: count }, (_, i) => ({
    step: i + 1,
    value: value(i / count) + 0.004 * Math.sin(i * 12.9898),
  }));

function judge(
  curves: Curves,
  part: Partial<HealthInput> & { count?: number; rules?: typeof ONLINE_RULES } = {},
) {
  const { count = 60, rules = ONLINE_RULES, ...rest } = part;
  const input: HealthInput = {
    values: (metric) => {
      const value = curves[metric];
      return value === undefined ? [] : curve(metric.startsWith('evaluation/') ? 6 : count, value);
    },
    groups: [],
    spread: {},
    ...rest,
  };
  return Object.fromEntries(judgeAll(rules, input).map((signal) => [signal.id, signal]));
}

type Curves = Record<string, (x: number) => number>;

const group = (part: Partial<HealthGroup>): HealthGroup => ({
  step: 60,
  prompt: 'p',
  size: 8,
  right: 4,
  truncated: 0,
  isSilent: false,
  ...part,
});

describe('the strip of online RL', () => {
  it('says nothing about a run that learns', () => {
    const signals = judge(
      {
        'reward/mean': (x) => x,
        'rollout/zero_variance_share': () => 0.1,
        'rollout/truncated_share': () => 0.01,
        'rollout/entropy_nats': (x) => 1 - 0.5 * x,
        'objective/kl_nats': () => 0.03,
        'objective/clip_fraction_low': () => 0.01,
        'objective/clip_fraction_high': () => 0.02,
        'objective/ratio_p99': () => 1.2,
        'rollout/unique_answers': () => 3,
        'rollout/length_right_tokens': () => 100,
        'rollout/length_wrong_tokens': () => 110,
        'evaluation/accuracy': (x) => 0.3 + 0.4 * x,
      },
      { spread: { 'answer-accuracy': 0.6, 'format-tags': 0.4 } },
    );
    expect(Object.keys(signals)).toHaveLength(11);
    for (const { id, state, finding } of Object.values(signals)) {
      expect([id, state, finding]).toEqual([id, 'ok', '']);
    }
    expect(signals['reward']?.word).toBe('rising');
    expect(signals['held-out']?.word).toBe('rising');
  });

  it.each([
    ['reward', 'warn', 'falling', { 'reward/mean': (x: number) => 1 - x }],
    ['no-variance', 'warn', 'above 0.30', { 'rollout/zero_variance_share': () => 0.4 }],
    ['no-variance', 'bad', 'above 0.30', { 'rollout/zero_variance_share': () => 0.8 }],
    ['truncated', 'bad', 'above 0.05', { 'rollout/truncated_share': () => 0.5 }],
    [
      'entropy',
      'bad',
      'collapsing',
      { 'rollout/entropy_nats': (x: number) => Math.max(0.03, 1 - 2 * x) },
    ],
    ['entropy', 'warn', 'rising', { 'rollout/entropy_nats': (x: number) => 1 + 4 * x }],
    ['kl', 'warn', 'above 0.10', { 'objective/kl_nats': () => 0.2 }],
    [
      'clipped',
      'warn',
      'above 0.20',
      { 'objective/clip_fraction_low': () => 0.15, 'objective/clip_fraction_high': () => 0.15 },
    ],
    ['ratio', 'bad', 'above 2', { 'objective/ratio_p99': () => 9 }],
    ['unique', 'warn', 'unanimous', { 'rollout/unique_answers': () => 1 }],
    ['unique', 'warn', 'no answers', { 'rollout/unique_answers': () => 0 }],
    [
      'length',
      'warn',
      'wrong ones grow',
      {
        'rollout/length_right_tokens': () => 50,
        'rollout/length_wrong_tokens': (x: number) => 50 + 100 * x,
      },
    ],
    [
      'held-out',
      'warn',
      'flat while reward rises',
      { 'reward/mean': (x: number) => x, 'evaluation/accuracy': () => 0.5 },
    ],
  ] as [string, string, string, Curves][])('%s: %s, %s', (id, state, word, curves) => {
    const signal = judge(curves)[id];
    expect(signal).toMatchObject({ state, word });
    expect(
      [signal?.finding, signal?.cause, signal?.action].every((text) => (text ?? '') !== ''),
    ).toBe(true);
  });

  it('lists the groups behind a finding, and the part that decides', () => {
    const signals = judge(
      { 'rollout/zero_variance_share': () => 0.5, 'rollout/truncated_share': () => 0.3 },
      {
        groups: [
          group({ prompt: 'easy', isSilent: true, right: 8 }),
          group({ prompt: 'hard', isSilent: true, right: 0, truncated: 3 }),
          group({ prompt: 'good' }),
        ],
        spread: { 'format-tags': 0.97, 'answer-accuracy': 0.03 },
      },
    );
    expect(signals['no-variance']?.evidence).toEqual([
      { step: 60, prompt: 'easy', note: 'all 8 right' },
      { step: 60, prompt: 'hard', note: 'all 8 wrong' },
    ]);
    expect(signals['truncated']?.evidence).toEqual([
      { step: 60, prompt: 'hard', note: '3 of 8 cut off' },
    ]);
    expect(signals['reward-parts']).toMatchObject({ state: 'warn', word: 'format-tags decides' });
  });

  it('does not judge what was never reported, and little of what has just begun', () => {
    expect(judge({})).toEqual({});
    const early = judge(
      { 'reward/mean': () => 0.1, 'rollout/entropy_nats': () => 1 },
      { count: 2 },
    );
    expect(Object.values(early).map(({ state }) => state)).toEqual(['ok', 'ok']);
  });
});

describe('the strip of training on rows', () => {
  it.each([
    ['loss', 'rising', { 'objective/loss': (x: number) => 1 + x }],
    ['gradient', 'spike', { 'gradient/norm': (x: number) => (x > 0.95 ? 90 : 1) }],
    ['pairs', 'below 0.50', { 'objective/pair_accuracy': () => 0.3 }],
    ['held-out', 'past its best', { 'evaluation/accuracy': (x: number) => 0.8 - 0.5 * x }],
  ] as [string, string, Curves][])('%s: %s', (id, word, curves) => {
    expect(judge(curves, { rules: OFFLINE_RULES })[id]).toMatchObject({ state: 'warn', word });
  });
});
