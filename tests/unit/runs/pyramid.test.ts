/** Curves keep every point, and a bucket is what a plain loop over its points finds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Axes } from '../../../src/main/runs/index/axes.ts';
import { FACTOR, type Point } from '../../../src/main/runs/index/pyramid.ts';
import { SeriesQuery } from '../../../src/main/runs/index/series-query.ts';
import { SeriesStore, topLevel } from '../../../src/main/runs/index/series-store.ts';
import { openIndex } from '../../../src/main/storage/index-database.ts';

/** Stores points in batches of the given sizes, as an ingest would. */
function stored(points: readonly Point[], batches: readonly number[]) {
  const db = openIndex(':memory:');
  const store = new SeriesStore(db);
  for (let at = 0, batch = 0; at < points.length; batch++) {
    const size = batches[batch % batches.length] ?? 1;
    db.transaction(() => {
      // Opened anew for every batch: what lies on disk is enough to go on.
      const { sid, writer } = store.open(1, 'a/b');
      for (const point of points.slice(at, at + size)) writer.append(point);
      store.save(sid, writer);
    })();
    at += size;
  }
  const series = store.find(1, 'a/b');
  if (series === undefined) throw new Error('nothing was stored');
  return { db, store, series };
}

function naive(points: readonly Point[]) {
  const finite = points.map(({ value }) => value).filter(Number.isFinite);
  return {
    firstStep: points[0]?.step,
    lastStep: points.at(-1)?.step,
    count: points.length,
    finite: finite.length,
    min: finite.length === 0 ? Number.NaN : Math.min(...finite),
    max: finite.length === 0 ? Number.NaN : Math.max(...finite),
    first: finite[0] ?? Number.NaN,
    last: finite.at(-1) ?? Number.NaN,
  };
}

const randomSeries = fc.record({
  values: fc.array(
    fc.oneof(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), fc.constant(Number.NaN)),
    {
      minLength: 1,
      maxLength: 1500,
    },
  ),
  gaps: fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 7 }),
  batches: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
});

function pointsOf({ values, gaps }: { values: number[]; gaps: number[] }): Point[] {
  let step = 0;
  return values.map((value, i) => {
    step += gaps[i % gaps.length] ?? 1;
    return { step, value };
  });
}

describe('a stored curve', () => {
  it('has every point and true buckets on every level', () => {
    fc.assert(
      fc.property(randomSeries, (random) => {
        const points = pointsOf(random);
        const { db, store, series } = stored(points, random.batches);
        expect(store.points(series, 0, series.count)).toEqual(points);
        for (let level = 1; level <= topLevel(series.count); level++) {
          const width = FACTOR ** level;
          const buckets = store.buckets(series, level, 0, Math.ceil(points.length / width));
          expect(buckets).toHaveLength(Math.ceil(points.length / width));
          buckets.forEach((bucket, i) => {
            const covered = points.slice(i * width, (i + 1) * width);
            const { sum, ...rest } = bucket;
            expect(rest).toEqual(naive(covered));
            const total = covered.reduce((s, p) => s + (Number.isFinite(p.value) ? p.value : 0), 0);
            expect(sum).toBeCloseTo(total, 3);
          });
        }
        db.close();
      }),
      { numRuns: 25 },
    );
  });

  it('finds a step, and a part of it by step', () => {
    fc.assert(
      fc.property(randomSeries, fc.integer({ min: 0, max: 4000 }), (random, step) => {
        const points = pointsOf(random);
        const { db, store, series } = stored(points, random.batches);
        const expected = points.findIndex((point) => point.step >= step);
        expect(store.indexOf(series, step)).toBe(expected < 0 ? points.length : expected);
        db.close();
      }),
      { numRuns: 25 },
    );
  });

  it('truncated and reported again is the curve that was never interrupted', () => {
    fc.assert(
      fc.property(randomSeries, fc.integer({ min: 0, max: 1500 }), (random, cut) => {
        const points = pointsOf(random);
        const { db, store } = stored(points, random.batches);
        const from = points[Math.min(cut, points.length - 1)]?.step ?? 0;
        db.transaction(() => store.truncate(1, () => from))();
        db.transaction(() => {
          const { sid, writer } = store.open(1, 'a/b');
          for (const point of points.filter(({ step }) => step >= from)) writer.append(point);
          store.save(sid, writer);
        })();
        const again = store.find(1, 'a/b');
        const whole = stored(points, [points.length]);
        for (let level = 0; level <= topLevel(points.length); level++) {
          const all = Math.ceil(points.length / FACTOR ** level);
          expect(again && store.buckets(again, level, 0, all)).toEqual(
            whole.store.buckets(whole.series, level, 0, all),
          );
        }
        db.close();
        whole.db.close();
      }),
      { numRuns: 15 },
    );
  });
});

describe('a question about a curve', () => {
  const points = Array.from(
    { length: 10_000 },
    (_, i): Point => ({
      step: i + 1,
      value: i % 97 === 0 ? Number.NaN : Math.sin(i / 50) + (i === 7777 ? 100 : 0),
    }),
  );
  const { db, store } = stored(points, [10_000]);
  const query = new SeriesQuery(store, new Axes(store));
  const ask = (part: object) => {
    const [series] = query.read(1, {
      metrics: ['a/b'],
      x: 'step',
      from: null,
      to: null,
      maxPoints: 1000,
      ...part,
    });
    if (series === undefined) throw new Error('no answer');
    return series;
  };

  it.each([2, 3, 10, 100, 999, 1000, 2500, 10_000, 20_000])(
    'gives at most %i points and loses no extreme',
    (maxPoints) => {
      const { points: given, total } = ask({ maxPoints });
      expect(total).toBe(10_000);
      expect(given.length).toBeLessThanOrEqual(maxPoints);
      expect(given.length).toBeGreaterThan(Math.min(maxPoints, 10_000) / 4);
      expect(given.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
      expect(Math.max(...given.map(({ max }) => max ?? -1))).toBeGreaterThan(99);
    },
  );

  it('gives the points themselves where they fit, gaps as null', () => {
    const { points: given, bucket, level } = ask({ from: 90, to: 105, maxPoints: 100 });
    expect({ bucket, level }).toEqual({ bucket: 1, level: 0 });
    expect(given.map(({ step }) => step)).toEqual(Array.from({ length: 16 }, (_, i) => 90 + i));
    expect(given.find(({ step }) => step === 98)).toMatchObject({
      min: null,
      mean: null,
      count: 1,
    });
  });

  it('has no points for a metric nobody reported or a part without any', () => {
    expect(
      query.read(1, { metrics: ['x/y'], x: 'step', from: null, to: null, maxPoints: 10 }),
    ).toMatchObject([{ metric: 'x/y', points: [], total: 0 }]);
    expect(ask({ from: 20_000, to: 30_000 }).points).toEqual([]);
  });
  db.pragma('optimize');
});
