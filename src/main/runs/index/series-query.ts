/**
 * Curves for a chart. A run, metrics and the visible part come in; at most `maxPoints` buckets per
 * curve go out, each with the extremes of the points it covers. The finest level that can be read in
 * reasonable time is read and its neighbours joined, so that a chart is never coarser than it must be.
 */
import type { Series, SeriesPoint, SeriesRequest } from '../../../shared/model/run-series.ts';
import { unitOf } from '../metric-names.ts';
import type { Axes, Axis } from './axes.ts';
import { type Bucket, FACTOR, mergeEvery } from './pyramid.ts';
import { type SeriesStore, type StoredSeries, topLevel } from './series-store.ts';

/** Buckets read per bucket sent; below 8 the next level up is fine enough. */
const READ_AHEAD = 4;

export class SeriesQuery {
  readonly #store: SeriesStore;
  readonly #axes: Axes;

  constructor(store: SeriesStore, axes: Axes) {
    this.#store = store;
    this.#axes = axes;
  }

  /** A metric the run never reported gives a curve without points. */
  read(rid: number, request: Omit<SeriesRequest, 'run'>): Series[] {
    const axis = this.#axes.of(rid, request.x);
    return request.metrics.map((metric) => {
      const stored = this.#store.find(rid, metric);
      const empty = { metric, unit: unitOf(metric), level: 0, bucket: 1, total: 0, points: [] };
      return stored === undefined || stored.count === 0
        ? empty
        : { ...empty, ...this.#readOne(stored, request, axis) };
    });
  }

  #readOne(
    stored: StoredSeries,
    { from, to, maxPoints }: Omit<SeriesRequest, 'run'>,
    axis: Axis,
  ): Omit<Series, 'metric' | 'unit'> {
    const first = from === null ? 0 : this.#store.indexOf(stored, axis.stepAt(from));
    const end =
      to === null ? stored.count : this.#store.indexOf(stored, axis.stepAt(nextAfter(to)));
    const total = end - first;
    if (total <= 0) return { level: 0, bucket: 1, total: 0, points: [] };
    const top = topLevel(stored.count);
    let level = 0;
    while (level < top && Math.ceil(total / FACTOR ** level) > READ_AHEAD * maxPoints) level++;
    const width = FACTOR ** level;
    let every = Math.ceil(Math.ceil(total / width) / maxPoints);
    let range = aligned(first, end, width, every);
    // Alignment to whole buckets may touch one more at either end.
    while (Math.ceil((range.to - range.from) / every) > maxPoints) {
      every++;
      range = aligned(first, end, width, every);
    }
    const read = this.#store.buckets(stored, level, range.from, range.to);
    const buckets = every === 1 ? read : mergeEvery(read, every);
    return {
      level,
      bucket: width * every,
      total,
      points: buckets.map((bucket) => toPoint(bucket, axis)),
    };
  }
}

/** Buckets of a level that cover points `first` to `end`; a live curve keeps its buckets as it grows. */
function aligned(
  first: number,
  end: number,
  width: number,
  every: number,
): { readonly from: number; readonly to: number } {
  return {
    from: Math.floor(first / (width * every)) * every,
    to: Math.ceil(end / width),
  };
}

function toPoint(bucket: Bucket, axis: Axis): SeriesPoint {
  const isGap = bucket.finite === 0;
  return {
    step: bucket.firstStep,
    x: axis.xOf(bucket.firstStep),
    min: isGap ? null : bucket.min,
    max: isGap ? null : bucket.max,
    mean: isGap ? null : bucket.sum / bucket.finite,
    first: isGap ? null : bucket.first,
    last: isGap ? null : bucket.last,
    count: bucket.count,
  };
}

/** The visible end belongs to the visible part. */
function nextAfter(x: number): number {
  return x + Math.max(Number.MIN_VALUE, Math.abs(x) * Number.EPSILON);
}
