/** Rows as recharts reads them: a series comes in; x, mean, moving average and extremes go out. */
import type { ChartSeries } from './chart-types.ts';
import { smooth } from './reduce.ts';

export interface PlotRow {
  readonly x: number;
  readonly mean: number | null;
  readonly smooth: number | null;
  readonly range: readonly [number, number] | null;
}

/** Where a log axis has no place for a value, there is a gap. */
export function rowsOf(
  { points, bucket }: ChartSeries,
  options: { readonly weight: number; readonly isLog: boolean },
): PlotRow[] {
  const place = (value: number | null) =>
    value !== null && Number.isFinite(value) && (!options.isLog || value > 0) ? value : null;
  const means = points.map(({ mean }) => place(mean));
  const smoothed = options.weight > 0 ? smooth(means, options.weight, bucket) : means;
  return points.map(({ x, min, max }, index) => {
    const low = place(min);
    const high = place(max);
    return {
      x,
      mean: means[index] ?? null,
      smooth: smoothed[index] ?? null,
      range: low === null || high === null ? null : [low, high],
    };
  });
}

/** The last value that is drawn within [from, to], for the name behind the line. */
export function lastDrawn(
  series: ChartSeries,
  options: { readonly weight: number; readonly isLog: boolean },
  [from, to]: readonly [number, number],
): { readonly x: number; readonly y: number } | undefined {
  const row = rowsOf(series, options).findLast(
    (candidate) => candidate.smooth !== null && candidate.x >= from && candidate.x <= to,
  );
  return row === undefined || row.smooth === null ? undefined : { x: row.x, y: row.smooth };
}
