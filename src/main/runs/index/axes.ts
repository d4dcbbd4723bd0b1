/**
 * What a chart can have as x. Sums over a run (active time, tokens, samples) are stored as curves of
 * their own, named so that no metric can have their name; a step is looked up in them.
 */
import type { SeriesAxis } from '../../../shared/model/run-series.ts';
import type { PointColumns } from './pyramid.ts';
import type { SeriesStore } from './series-store.ts';

/** Curves of sums; hidden from catalogs. */
export const AXIS_SERIES = {
  time: '@seconds',
  tokens: '@tokens',
  samples: '@samples',
} as const satisfies Record<Exclude<SeriesAxis, 'step'>, string>;

/** When each step ended, epoch ms. */
export const CLOCK_SERIES = '@at';

export function isAxisSeries(metric: string): boolean {
  return metric.startsWith('@');
}

/** Axes kept decoded; a chart page asks for the same one with every curve. */
const KEPT_AXES = 8;

export interface Axis {
  xOf(step: number): number;
  /** First step whose x is at least `x`. */
  stepAt(x: number): number;
}

const STEP_AXIS: Axis = { xOf: (step) => step, stepAt: (x) => Math.ceil(x) };

export class Axes {
  readonly #store: SeriesStore;
  readonly #kept = new Map<string, Axis>();

  constructor(store: SeriesStore) {
    this.#store = store;
  }

  /** The step that a run had done at a time; null before its first. */
  stepAtTime(rid: number, at: number): number | null {
    const series = this.#store.find(rid, CLOCK_SERIES);
    if (series === undefined || series.count === 0) return null;
    const { steps, values } = this.#store.columns(series);
    // A millisecond later than the event is after it.
    return steps[lowerBound(values, at + 1) - 1] ?? null;
  }

  /** A run that has not reported the sum is drawn by step. */
  of(rid: number, axis: SeriesAxis): Axis {
    if (axis === 'step') return STEP_AXIS;
    const series = this.#store.find(rid, AXIS_SERIES[axis]);
    if (series === undefined || series.count === 0) return STEP_AXIS;
    const key = `${series.sid}/${series.count}/${series.lastStep}/${series.last}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const made = axisOf(this.#store.columns(series));
    this.#kept.set(key, made);
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > KEPT_AXES && oldest !== undefined) this.#kept.delete(oldest);
    return made;
  }
}

function axisOf({ steps, values }: PointColumns): Axis {
  const valueAt = (index: number) => values[Math.max(0, Math.min(index, values.length - 1))] ?? 0;
  return {
    xOf(step) {
      const index = lowerBound(steps, step);
      // An evaluation before the first step stands at the start.
      if (step < (steps[0] ?? 0)) return 0;
      return steps[index] === step ? valueAt(index) : valueAt(index - 1);
    },
    stepAt(x) {
      const index = lowerBound(values, x);
      return steps[index] ?? (steps.at(-1) ?? 0) + 1;
    },
  };
}

/** Index of the first entry that is at least `value`. */
export function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
