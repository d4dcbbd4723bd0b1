/**
 * From points to fewer points, and to a smooth line. Points of one series come in, in the order of x;
 * no extreme is lost on the way, and a gap stays a gap.
 */
import type { ChartPoint } from './chart-types.ts';

/** The most points of one series that are drawn. */
export const MOST_POINTS = 2000;

/** At most `most` points; each new one keeps the extremes of those it stands for. */
export function limitPoints(
  points: readonly ChartPoint[],
  most: number = MOST_POINTS,
): { readonly points: readonly ChartPoint[]; readonly factor: number } {
  if (points.length <= most) return { points, factor: 1 };
  const factor = Math.ceil(points.length / most);
  const fewer: ChartPoint[] = [];
  for (let at = 0; at < points.length; at += factor)
    fewer.push(merge(points.slice(at, at + factor)));
  return { points: fewer, factor };
}

function merge(points: readonly ChartPoint[]): ChartPoint {
  let min: number | null = null;
  let max: number | null = null;
  let sum = 0;
  let count = 0;
  for (const point of points) {
    if (point.min !== null && (min === null || point.min < min)) min = point.min;
    if (point.max !== null && (max === null || point.max > max)) max = point.max;
    if (point.mean === null) continue;
    sum += point.mean;
    count += 1;
  }
  const [first] = points;
  return {
    step: first?.step ?? 0,
    x: first?.x ?? 0,
    min,
    max,
    mean: count === 0 ? null : sum / count,
  };
}

/**
 * Exponential moving average, without the pull towards zero at its start.
 *
 * @param weight of what came before, 0 (no smoothing) to below 1, per reported point
 * @param bucket reported points per value: a bucket weighs as much as its points would
 * @returns null where the input is null
 */
export function smooth(
  values: readonly (number | null)[],
  weight: number,
  bucket = 1,
): (number | null)[] {
  const kept = Math.min(0.9999, Math.max(0, weight)) ** Math.max(1, bucket);
  let sum = 0;
  let total = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    sum = kept * sum + (1 - kept) * value;
    total = kept * total + (1 - kept);
    return sum / total;
  });
}

/** Index of the point closest to `x` that has a value; -1 where none has. Points are sorted by x. */
export function nearestIndex(points: readonly ChartPoint[], x: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.x ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  let before = low - 1;
  while (before >= 0 && points[before]?.mean === null) before -= 1;
  let after = low;
  while (after < points.length && points[after]?.mean === null) after += 1;
  const left = points[before];
  const right = points[after];
  if (left === undefined) return right === undefined ? -1 : after;
  if (right === undefined) return before;
  return x - left.x <= right.x - x ? before : after;
}
