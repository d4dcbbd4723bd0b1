/**
 * Advantages against the reference numbers, naive loops and hand-computed groups of the mechanism
 * sheets, and the invariants every baseline must keep.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AdvantageChoice,
  advantageSlot,
  computeAdvantages,
} from '../../../src/engine/advantage/index.ts';
import { advantageMetrics, measureAdvantages } from '../../../src/engine/advantage/metrics.ts';
import { LabError } from '../../../src/shared/errors.ts';

interface FixtureCase {
  name: string;
  rewards_per_func: (number | null)[][];
  reward_weights: number[];
  num_generations: number;
  scale_rewards: 'group' | 'batch' | 'none';
  aggregation: string;
  expected: { total_rewards: (number | null)[]; advantages: number[]; std: (number | null)[] };
}

const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/public/rl/advantages.json', import.meta.url), 'utf8'),
) as { cases: FixtureCase[] };

const kinds = { group: 'group-norm', batch: 'batch-std', none: 'group-mean' } as const;
const numbers = (list: (number | null)[]) => Float64Array.from(list, (x) => x ?? Number.NaN);
const choose = (kind: AdvantageChoice['kind']) => advantageSlot.parse({ kind });

function expectClose(actual: Float64Array, expected: Float64Array): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, at) => {
    const got = actual[at] ?? Number.POSITIVE_INFINITY;
    if (Number.isNaN(value)) expect(got).toBeNaN();
    else expect(Math.abs(got - value)).toBeLessThanOrEqual(1e-9);
  });
}

/** One reward per row. */
function advantagesOf(
  kind: AdvantageChoice['kind'],
  rewards: number[],
  groupSize: number,
): number[] {
  const terms = Float64Array.from(rewards);
  return [
    ...computeAdvantages(choose(kind), { terms, weights: Float64Array.of(1), groupSize })
      .advantages,
  ];
}

describe('reference numbers', () => {
  it.each(fixture.cases)('$name', (item) => {
    const kind =
      item.aggregation === 'normalize_then_sum' ? 'normalize-then-sum' : kinds[item.scale_rewards];
    const result = computeAdvantages(choose(kind), {
      terms: numbers(item.rewards_per_func.flat()),
      weights: Float64Array.from(item.reward_weights),
      groupSize: item.num_generations,
    });
    expectClose(result.rewards, numbers(item.expected.total_rewards));
    expectClose(result.advantages, numbers(item.expected.advantages));
    expectClose(result.std, numbers(item.expected.std));
  });
});

describe('hand-computed groups', () => {
  it('group-mean of LMM-R1: [1.5, .5, 0, 0]', () => {
    expect(advantagesOf('group-mean', [1.5, 0.5, 0, 0], 4)).toEqual([1, 0, -0.5, -0.5]);
  });

  it('group-norm of Observe-R1: three of each reward', () => {
    const found = advantagesOf('group-norm', [1.5, 1.5, 1.5, 0.5, 0.5, 0.5, 0, 0], 8);
    for (const [at, wanted] of [
      1.1456, 1.1456, 1.1456, -0.3819, -0.3819, -0.3819, -1.1456, -1.1456,
    ].entries()) {
      // The sheet divides by the spread alone; here 1e-4 is added to it.
      expect(found[at]).toBeCloseTo(wanted, 3);
    }
  });

  it('leave-one-out equals the loop over the others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2, maxLength: 9 }),
        (rewards) => {
          const found = advantagesOf('leave-one-out', rewards, rewards.length);
          rewards.forEach((reward, at) => {
            const others = rewards.filter((_, other) => other !== at);
            const baseline = others.reduce((sum, x) => sum + x, 0) / others.length;
            expect(found[at]).toBeCloseTo(reward - baseline, 9);
          });
        },
      ),
    );
  });
});

describe('missing rewards', () => {
  it('gives 0 to a row nobody could judge and leaves it out of the baseline', () => {
    for (const kind of ['group-mean', 'leave-one-out'] as const) {
      expect(advantagesOf(kind, [1, Number.NaN, 0], 3)[1]).toBe(0);
    }
    expect(advantagesOf('group-mean', [1, Number.NaN, 0], 3)).toEqual([0.5, 0, -0.5]);
    expect(advantagesOf('leave-one-out', [1, Number.NaN, 0], 3)).toEqual([1, 0, -1]);
  });

  it('gives 0 everywhere when a group has at most one reward', () => {
    for (const kind of ['group-norm', 'group-mean', 'leave-one-out'] as const) {
      expect(advantagesOf(kind, [Number.NaN, Number.NaN, 3, Number.NaN], 2)).toEqual([0, 0, 0, 0]);
    }
  });

  it('keeps a judged row of normalize-then-sum although its terms stood alone in the group', () => {
    const { rewards } = computeAdvantages(choose('normalize-then-sum'), {
      terms: Float64Array.of(1, Number.NaN, Number.NaN, 2, 0, 1, 1, 0),
      weights: Float64Array.of(1, 1),
      groupSize: 2,
    });
    expect([...rewards.subarray(0, 2)]).toEqual([0, 0]);
  });
});

describe('invariants', () => {
  const batch = fc
    .record({
      groupSize: fc.integer({ min: 1, max: 5 }),
      groups: fc.integer({ min: 1, max: 4 }),
      width: fc.integer({ min: 1, max: 3 }),
    })
    .chain((sizes) =>
      fc.record({
        sizes: fc.constant(sizes),
        terms: fc.array(
          fc.option(fc.double({ min: -3, max: 3, noNaN: true }), { freq: 6, nil: Number.NaN }),
          {
            minLength: sizes.groupSize * sizes.groups * sizes.width,
            maxLength: sizes.groupSize * sizes.groups * sizes.width,
          },
        ),
      }),
    );
  const allKinds = [
    'group-norm',
    'group-mean',
    'batch-std',
    'normalize-then-sum',
    'leave-one-out',
  ] as const;

  it.each(allKinds)('%s is finite and permutes with its groups', (kind) => {
    fc.assert(
      fc.property(batch, ({ sizes, terms }) => {
        const weights = new Float64Array(sizes.width).fill(0.5);
        const run = (list: number[]) =>
          computeAdvantages(choose(kind), {
            terms: Float64Array.from(list),
            weights,
            groupSize: sizes.groupSize,
          }).advantages;
        const rowsPerGroup = sizes.groupSize;
        const perGroup = rowsPerGroup * sizes.width;
        const groups = Array.from({ length: sizes.groups }, (_, at) =>
          terms.slice(at * perGroup, (at + 1) * perGroup),
        );
        const forward = run(terms);
        const backward = run([...groups].reverse().flat());
        expect(forward.every(Number.isFinite)).toBe(true);
        for (let group = 0; group < sizes.groups; group++) {
          for (let row = 0; row < rowsPerGroup; row++) {
            const mirrored =
              backward[(sizes.groups - 1 - group) * rowsPerGroup + row] ?? Number.NaN;
            expect(mirrored).toBeCloseTo(forward[group * rowsPerGroup + row] ?? Number.NaN, 6);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(['group-norm', 'group-mean', 'leave-one-out'] as const)(
    '%s sums to zero in every group',
    (kind) => {
      fc.assert(
        fc.property(
          fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 6, maxLength: 6 }),
          (rewards) => {
            const found = advantagesOf(kind, rewards, 3);
            expect(found.slice(0, 3).reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 6);
            expect(found.slice(3).reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 6);
          },
        ),
      );
    },
  );
});

describe('bad input', () => {
  it('refuses a batch that is no whole number of groups', () => {
    const call = () => advantagesOf('group-norm', [1, 2, 3, 4, 5], 2);
    expect(call).toThrow(LabError);
    expect(call).toThrow(/B a multiple of G = 2/);
  });
});

it('measures spread-less groups', () => {
  const input = { terms: Float64Array.of(1, 1, 0, 1), weights: Float64Array.of(1), groupSize: 2 };
  const metrics = measureAdvantages(computeAdvantages(choose('group-norm'), input), 2);
  expect(metrics[advantageMetrics.silentGroups.id]).toBe(0.5);
  expect(metrics[advantageMetrics.rewardMean.id]).toBe(0.75);
});
