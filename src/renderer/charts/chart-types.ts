/**
 * What a chart is drawn from: points of series as main puts them into buckets, marks of events, a
 * band of values that are safe. Plain data; nothing here knows recharts, runs or queries.
 */

export interface ChartPoint {
  /** First step of the bucket. */
  readonly step: number;
  /** Place on the axis: step, seconds, tokens or samples. */
  readonly x: number;
  /** Extremes and mean of what the bucket holds; null is a gap. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
}

export interface ChartSeries {
  readonly id: string;
  readonly title: string;
  /** 1-8: colour and dash, fixed per entity for the session (see palette.ts). */
  readonly slot: number;
  readonly points: readonly ChartPoint[];
  /** Reported points per point of this series; 1 = each one as it was reported. */
  readonly bucket: number;
  /** An evaluation: marks joined by lines, with its interval, and never smoothed. */
  readonly isMeasured?: boolean;
  /** Ends of the interval around an evaluation, by x. */
  readonly interval?: readonly {
    readonly x: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** A lettered line on every chart of a page. */
export interface EventMark {
  readonly letter: string;
  readonly x: number;
  readonly title: string;
}

/** Values that are safe; null = open on that side. */
export type SafeBand = readonly [number | null, number | null];

/** Pixels around the plot; the title stands above it, outside. */
export interface PlotBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Numbers to pixels of one plot. */
export interface PlotScale {
  readonly box: PlotBox;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly isLog: boolean;
}

export function xToPixel({ box, x }: PlotScale, value: number): number {
  const [from, to] = x;
  return box.left + (to === from ? 0.5 : (value - from) / (to - from)) * box.width;
}

export function pixelToX({ box, x }: PlotScale, pixel: number): number {
  const share = Math.min(1, Math.max(0, (pixel - box.left) / Math.max(1, box.width)));
  return x[0] + share * (x[1] - x[0]);
}

export function yToPixel({ box, y, isLog }: PlotScale, value: number): number {
  const turn = isLog ? (v: number) => Math.log10(Math.max(v, Number.MIN_VALUE)) : (v: number) => v;
  const from = turn(y[0]);
  const to = turn(y[1]);
  const share = to === from ? 0.5 : (turn(value) - from) / (to - from);
  return box.top + (1 - share) * box.height;
}
