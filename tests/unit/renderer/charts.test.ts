/** Charts without a browser: what is drawn from the points that came in. */
import { describe, expect, test } from 'vitest';
import { axisNumber, axisPower } from '../../../src/renderer/charts/axis-format.ts';
import {
  type ChartPoint,
  type ChartSeries,
  pixelToX,
  xToPixel,
  yToPixel,
} from '../../../src/renderer/charts/chart-types.ts';
import { describeChart } from '../../../src/renderer/charts/describe.ts';
import { multiples, roundStep, xTicks, yAxis } from '../../../src/renderer/charts/domain.ts';
import { spread } from '../../../src/renderer/charts/end-labels.tsx';
import { dashOf, slotOf } from '../../../src/renderer/charts/palette.ts';
import { rowsOf } from '../../../src/renderer/charts/plot-rows.ts';
import { limitPoints, nearestIndex, smooth } from '../../../src/renderer/charts/reduce.ts';

const point = (step: number, value: number | null): ChartPoint => ({
  step,
  x: step,
  min: value,
  max: value,
  mean: value,
});
const series = (
  values: readonly (number | null)[],
  more: Partial<ChartSeries> = {},
): ChartSeries => ({
  id: 's',
  title: 'reward',
  slot: 1,
  bucket: 1,
  points: values.map((value, index) => point(index, value)),
  ...more,
});

describe('fewer points', () => {
  test('no spike is lost and the count is bounded', () => {
    const many = Array.from({ length: 100_000 }, (_, index) =>
      point(index, index === 54_321 ? 9 : 0),
    );
    const { points, factor } = limitPoints(many);
    expect(points.length).toBeLessThanOrEqual(2000);
    expect(factor).toBe(50);
    expect(Math.max(...points.map(({ max }) => max ?? 0))).toBe(9);
  });

  test('a bucket of gaps is a gap', () => {
    const { points } = limitPoints(
      [point(0, null), point(1, null), point(2, 4), point(3, null)],
      2,
    );
    expect(points.map(({ mean }) => mean)).toEqual([null, 4]);
  });
});

describe('smoothing', () => {
  test('does not start at zero and keeps gaps', () => {
    expect(smooth([5, 5, null, 5], 0.9)).toEqual([
      expect.closeTo(5),
      expect.closeTo(5),
      null,
      expect.closeTo(5),
    ]);
  });

  test('weight 0 changes nothing', () => {
    expect(smooth([1, 7, -3], 0)).toEqual([1, 7, -3]);
  });

  test('a bucket of n weighs as n points', () => {
    const fine = smooth([0, 0, 0, 0, 1, 1, 1, 1], 0.8).at(-1);
    const coarse = smooth([0, 1], 0.8, 4).at(-1);
    expect(coarse).toBeCloseTo(fine ?? 0, 6);
  });

  test('evaluations are never smoothed', () => {
    const rows = rowsOf(series([0, 1, 0], { isMeasured: true }), { weight: 0, isLog: false });
    expect(rows.map(({ smooth: drawn }) => drawn)).toEqual([0, 1, 0]);
  });
});

describe('axes', () => {
  test('steps are round', () => {
    expect([0.3, 3, 0.021, 1.1, 260].map(roundStep)).toEqual([0.5, 5, 0.025, 2, 500]);
    expect(multiples(0, 0.3, 0.1)).toEqual([0, 0.1, 0.2, 0.3]);
  });

  test('shares begin at zero', () => {
    expect(yAxis([series([0.4, 0.5])], { isFromZero: true }).domain[0]).toBe(0);
    expect(yAxis([series([0.6, 0.7])]).domain[0]).toBeGreaterThan(0);
  });

  test('a flat curve and none at all have an axis', () => {
    const flat = yAxis([series([2, 2])]);
    expect(flat.domain[1]).toBeGreaterThan(flat.domain[0]);
    expect(yAxis([]).ticks.length).toBeGreaterThan(1);
    expect(yAxis([series([0, 0])], { isFromZero: true }).domain[0]).toBe(0);
  });

  test('log: powers of ten, and values that have no logarithm are gaps', () => {
    const one = series([0, 0.002, 30]);
    expect(yAxis([one], { isLog: true }).ticks).toEqual([0.001, 0.01, 0.1, 1, 10, 100]);
    expect(rowsOf(one, { weight: 0, isLog: true }).map(({ mean }) => mean)).toEqual([
      null,
      0.002,
      30,
    ]);
  });

  test('infinities do not stretch an axis', () => {
    expect(yAxis([series([1, Number.POSITIVE_INFINITY, 2])]).domain[1]).toBeLessThan(3);
  });

  test('ticks of x', () => {
    expect(xTicks([0, 412], 'count')).toEqual([0, 100, 200, 300, 400]);
    expect(xTicks([0, 3700], 'seconds')).toEqual([0, 900, 1800, 2700, 3600]);
    expect(xTicks([3, 3], 'count')).toEqual([3]);
    expect(xTicks([0, 12], 'count')).toEqual([0, 5, 10]);
  });

  test('numbers beside an axis share their digits', () => {
    expect([0, 0.04, 0.08].map((value) => axisNumber(value, 0.04))).toEqual(['0', '0.04', '0.08']);
    expect([0.25, 0.5].map((value) => axisNumber(value, 0.25))).toEqual(['0.25', '0.50']);
    expect(axisNumber(1_500_000, 500_000)).toBe('1.5M');
    expect(axisNumber(-40, 20)).toBe('\u221240');
    expect(axisNumber(0.00002, 0.00002)).toBe('2e\u22125');
    expect(axisPower(0.01)).toBe('0.01');
  });
});

test('the nearest point skips gaps', () => {
  const { points } = series([1, null, null, 2, null]);
  expect([0, 1, 2, 9].map((x) => nearestIndex(points, x))).toEqual([0, 0, 3, 3]);
  expect(nearestIndex(series([null]).points, 0)).toBe(-1);
});

test('pixels and numbers are inverse', () => {
  const scale = {
    box: { left: 40, top: 10, width: 200, height: 100 },
    x: [0, 50],
    y: [0.1, 10],
    isLog: true,
  } as const;
  expect(pixelToX(scale, xToPixel(scale, 12))).toBeCloseTo(12);
  expect(yToPixel(scale, 1)).toBeCloseTo(60);
});

test('names at line ends keep apart and inside', () => {
  const places = spread([50, 51, 52, 200], [0, 100]);
  const sorted = [...places].sort((a, b) => a - b);
  expect(sorted.at(-1)).toBeLessThanOrEqual(100);
  for (const [index, place] of sorted.entries()) {
    if (index > 0) expect(place - (sorted[index - 1] ?? 0)).toBeGreaterThanOrEqual(13);
  }
});

test('a colour belongs to an entity for the session', () => {
  expect([slotOf('reward', 'answer'), slotOf('reward', 'format')]).toEqual([1, 2]);
  expect(slotOf('reward', 'format')).toBe(2);
  expect(slotOf('length', 'wrong')).toBe(1);
  expect(dashOf(7)).toBe('2 2');
});

test('a chart says itself in one sentence', () => {
  expect(describeChart('Reward', [series([0.5, 0.25, 0.75])])).toMatch(
    /^Reward\. reward: from 0\.50* to 0\.750* at step 2, between 0\.250* and 0\.750*\.$/,
  );
  expect(describeChart('Reward', [series([null])])).toBe('Reward. No points yet.');
});
