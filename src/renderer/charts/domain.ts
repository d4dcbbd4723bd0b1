/**
 * Ends and ticks of axes. Values come in; round numbers go out: three to five ticks, a base of zero
 * where bars and shares ask for one, powers of ten on a log axis.
 */
import type { ChartSeries, SafeBand } from './chart-types.ts';

export interface Axis {
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
}

export interface YAxisOptions {
  readonly isLog?: boolean;
  /** Shares, bars and anything else that is read from zero. */
  readonly isFromZero?: boolean;
  readonly band?: SafeBand | null;
}

/** 1, 2, 2.5 or 5 times a power of ten, at least `least`. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const share = least / power;
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => share <= candidate * 1.000_001) ?? 10;
  return factor * power;
}

/** Multiples of `step` in [from, to]; free of 0.30000000000000004. */
export function multiples(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  const digits = Math.max(0, Math.min(20, 2 - Math.floor(Math.log10(step))));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toFixed(digits)),
  );
}

/** The least and greatest value that is drawn; undefined where nothing is. */
export function extent(
  series: readonly ChartSeries[],
  isUsed: (value: number) => boolean = Number.isFinite,
): [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const take = (value: number | null) => {
    if (value === null || !isUsed(value)) return;
    if (value < low) low = value;
    if (value > high) high = value;
  };
  for (const { points, interval } of series) {
    for (const { min, max, mean } of points) {
      take(min);
      take(max);
      take(mean);
    }
    for (const ends of interval ?? []) {
      take(ends.low);
      take(ends.high);
    }
  }
  return low > high ? undefined : [low, high];
}

export function yAxis(series: readonly ChartSeries[], options: YAxisOptions = {}): Axis {
  if (options.isLog === true) {
    const positive = extent(series, (value) => Number.isFinite(value) && value > 0);
    if (positive !== undefined) return logAxis(positive);
  }
  let [low, high] = extent(series) ?? [0, 1];
  const span = high - low;
  for (const limit of options.band ?? []) {
    // A limit that is near is worth seeing; a far one would flatten the curve.
    if (limit === null) continue;
    if (limit > high && limit - high <= span * 0.6) high = limit;
    if (limit < low && low - limit <= span * 0.6) low = limit;
  }
  if (options.isFromZero === true || (low > 0 && low <= (high - low) * 0.5)) low = Math.min(0, low);
  if (low === high) {
    const room = low === 0 ? 1 : Math.abs(low) * 0.1;
    high += room;
    if (options.isFromZero !== true || low < 0) low -= room;
  }
  const step = roundStep((high - low) / 4);
  const domain = [
    Math.floor(low / step + 1e-9) * step,
    Math.ceil(high / step - 1e-9) * step,
  ] as const;
  return { domain, ticks: multiples(domain[0], domain[1], step) };
}

function logAxis([low, high]: readonly [number, number]): Axis {
  const from = Math.floor(Math.log10(low));
  const to = Math.max(from + 1, Math.ceil(Math.log10(high)));
  const stride = Math.max(1, Math.ceil((to - from) / 5));
  const ticks: number[] = [];
  for (let power = from; power <= to; power += stride) ticks.push(10 ** power);
  return { domain: [10 ** from, 10 ** to], ticks };
}

/** Seconds get ticks at whole seconds, minutes and hours. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600];

/** 1, 2 or 5 times a power of ten, never below 1: steps, tokens and samples are counted. */
function wholeStep(least: number): number {
  const step = Math.max(1, roundStep(least));
  return Number.isInteger(step) ? step : step * 2;
}

export function xTicks(
  [from, to]: readonly [number, number],
  kind: 'count' | 'seconds',
  most = 5,
): number[] {
  if (!(to > from)) return [from];
  const least = (to - from) / most;
  const step =
    kind === 'seconds'
      ? (TIME_STEPS.find((candidate) => candidate >= least) ?? roundStep(least / 86_400) * 86_400)
      : wholeStep(least);
  return multiples(from, to, step);
}
