/** Intervals and paired tests against values from elsewhere, and against their definitions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairedP, wilsonInterval } from '../../../src/engine/evaluation/statistics.ts';

describe('wilsonInterval', () => {
  // statsmodels.stats.proportion.proportion_confint(right, total, method='wilson')
  it.each([
    [8, 10, 0.4901625, 0.9433178],
    [0, 10, 0, 0.2775328],
    [10, 10, 0.7224672, 1],
    [50, 100, 0.4038315, 0.5961685],
    [1, 300, 0.0005887, 0.0186367],
  ])('%i of %i', (right, total, low, high) => {
    const interval = wilsonInterval(right, total);
    expect(interval[0]).toBeCloseTo(low, 6);
    expect(interval[1]).toBeCloseTo(high, 6);
  });

  it('knows nothing without items', () => {
    expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  });

  it('holds the share, stays within [0, 1] and mirrors', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (total, share) => {
          const right = Math.round(share * total);
          const [low, high] = wilsonInterval(right, total);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(right / total + 1e-12);
          expect(high).toBeGreaterThanOrEqual(right / total - 1e-12);
          const [otherLow, otherHigh] = wilsonInterval(total - right, total);
          expect(otherLow).toBeCloseTo(1 - high, 10);
          expect(otherHigh).toBeCloseTo(1 - low, 10);
        },
      ),
    );
  });
});

describe('pairedP', () => {
  /** `gained` items that only the second got right, `lost` only the first, and some on which they agree. */
  function outcomes(gained: number, lost: number, agreed = 5): [boolean[], boolean[]] {
    const pairs = [
      ...new Array<[boolean, boolean]>(gained).fill([false, true]),
      ...new Array<[boolean, boolean]>(lost).fill([true, false]),
      ...new Array<[boolean, boolean]>(agreed).fill([true, true]),
      ...new Array<[boolean, boolean]>(agreed).fill([false, false]),
    ];
    return [pairs.map(([before]) => before), pairs.map(([, after]) => after)];
  }

  // scipy.stats.binomtest(k, n, 0.5).pvalue
  it.each([
    [9, 1, 0.021484375],
    [1, 9, 0.021484375],
    [0, 5, 0.0625],
    [5, 5, 1],
    [6, 5, 1],
    [0, 0, 1],
    [30, 10, 0.0022214],
    [600, 500, 0.0028195],
  ])('%i gained, %i lost', (gained, lost, p) => {
    expect(pairedP(...outcomes(gained, lost))).toBeCloseTo(p, 6);
  });

  it('does not look at items on which both agree, and sums tails of any size', () => {
    expect(pairedP(...outcomes(7, 3, 0))).toBe(pairedP(...outcomes(7, 3, 400)));
    const tiny = pairedP(...outcomes(2000, 0));
    expect(tiny).toBeGreaterThanOrEqual(0);
    expect(tiny).toBeLessThan(1e-300);
  });

  it('refuses lists of different items', () => {
    expect(() => pairedP([true], [])).toThrow(RangeError);
  });
});
