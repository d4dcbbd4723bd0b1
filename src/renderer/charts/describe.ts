/** One sentence about a chart for those who do not see it: its series come in, words go out. */
import { count, quantity } from '../parts/format.ts';
import { text } from '../strings/charts.ts';
import type { ChartSeries } from './chart-types.ts';

export interface SeriesEnds {
  readonly title: string;
  readonly first: number;
  readonly last: number;
  readonly low: number;
  readonly high: number;
  readonly lastStep: number;
}

/** First and last value and the extremes; undefined where there is none. */
export function endsOf({ title, points }: ChartSeries): SeriesEnds | undefined {
  let ends: SeriesEnds | undefined;
  for (const { mean, min, max, step } of points) {
    if (mean === null) continue;
    ends = {
      title,
      first: ends?.first ?? mean,
      last: mean,
      low: Math.min(ends?.low ?? mean, min ?? mean),
      high: Math.max(ends?.high ?? mean, max ?? mean),
      lastStep: step,
    };
  }
  return ends;
}

/** "Reward by part. answer: from 0.31 to 0.58 at step 412, between 0.2 and 0.6." */
export function describeChart(title: string, series: readonly ChartSeries[]): string {
  const parts = series.map(endsOf).filter((ends) => ends !== undefined);
  if (parts.length === 0) return text.nothingYet(title);
  return `${title}. ${parts
    .map((ends) =>
      text.summary({
        title: ends.title,
        first: quantity(ends.first),
        last: quantity(ends.last),
        low: quantity(ends.low),
        high: quantity(ends.high),
        step: count(ends.lastStep),
      }),
    )
    .join(' ')}`;
}
