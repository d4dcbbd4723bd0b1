/**
 * The columns of a dataset as arrays, one number per row, so that filters, facets and sorting at a
 * million rows are a walk over memory and not a query. Comes in: the types of a column and the order of
 * its rows. Goes out: row orders and histogram bins.
 */
import type { Scalar } from '../../../shared/model/dataset.ts';

/** A column of few different values: `codes[row]` indexes `values`. */
export interface CodedColumn {
  readonly kind: 'codes';
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
  /** Most frequent first. */
  readonly values: readonly Scalar[];
  /** Rows with each value. */
  readonly totals: readonly number[];
}

export interface Binning {
  readonly from: number;
  readonly step: number;
  readonly totals: readonly number[];
  /** Where each bin starts: a round number that is not above its smallest value. */
  readonly starts: readonly number[];
  /** The largest value of each bin; where it starts when it has none. */
  readonly tops: readonly number[];
  readonly min: number;
  readonly max: number;
}

/** A column of numbers; NaN where a row has none. */
export interface NumberColumn {
  readonly kind: 'numbers';
  readonly numbers: Float64Array;
  /** Rows by value, rows without one last. */
  readonly ascending: Int32Array;
  /** Rows that have a value. */
  readonly filled: number;
  /** Null when no row has a value. */
  readonly binning: Binning | null;
}

export type ArrayColumn = CodedColumn | NumberColumn;

/** Most bars of a histogram. */
const MAX_BINS = 24;
/** Thirds and tenths are not exact. */
const GRID_TOLERANCE = 1e-6;

/** Rows by rank, equal ranks in row order: a counting sort. */
export function orderByRank(ranks: Int32Array, rankCount: number): Int32Array {
  const starts = new Int32Array(rankCount + 1);
  for (let row = 0; row < ranks.length; row++) {
    const slot = (ranks[row] ?? 0) + 1;
    starts[slot] = (starts[slot] ?? 0) + 1;
  }
  for (let rank = 0; rank < rankCount; rank++) {
    starts[rank + 1] = (starts[rank + 1] ?? 0) + (starts[rank] ?? 0);
  }
  const order = new Int32Array(ranks.length);
  for (let row = 0; row < ranks.length; row++) {
    const rank = ranks[row] ?? 0;
    const place = starts[rank] ?? 0;
    order[place] = row;
    starts[rank] = place + 1;
  }
  return order;
}

/** The rank of every row by number, rows without one after all others. */
export function rankNumbers(numbers: Float64Array): {
  readonly ranks: Int32Array;
  readonly rankCount: number;
  readonly filled: number;
} {
  // The typed sort is native and puts NaN last.
  const sorted = Float64Array.from(numbers).sort();
  let filled = sorted.length;
  while (filled > 0 && Number.isNaN(sorted[filled - 1])) filled -= 1;
  let distinct = 0;
  for (let i = 0; i < filled; i++) {
    if (i > 0 && sorted[i] === sorted[distinct - 1]) continue;
    sorted[distinct++] = sorted[i] ?? 0;
  }
  const ranks = new Int32Array(numbers.length);
  for (let row = 0; row < numbers.length; row++) {
    const value = numbers[row] ?? Number.NaN;
    ranks[row] = Number.isNaN(value) ? distinct : lowerBound(sorted, distinct, value);
  }
  return { ranks, rankCount: distinct + 1, filled };
}

function lowerBound(sorted: Float64Array, end: number, value: number): number {
  let low = 0;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Equal bins with round edges; few values on a grid get a bin each. */
export function binNumbers(
  numbers: Float64Array,
  ascending: Int32Array,
  filled: number,
): Binning | null {
  const min = numbers[ascending[0] ?? 0];
  const max = numbers[ascending[filled - 1] ?? 0];
  if (filled === 0 || min === undefined || max === undefined) return null;
  if (!Number.isFinite(max - min)) return null;
  const isWhole = numbers.every((value) => Number.isNaN(value) || Number.isInteger(value));
  const round = roundStep((max - min) / MAX_BINS);
  // Half a picture is no bin.
  const step = gridStep(numbers, ascending, filled) ?? (isWhole ? Math.max(1, round) : round);
  const from = Math.floor(min / step + GRID_TOLERANCE) * step;
  const bins = Math.max(1, Math.floor((max - from) / step + GRID_TOLERANCE) + 1);
  const totals = new Array<number>(bins).fill(0);
  // 0.1 + 0.2 is an edge of 0.3.
  const starts = totals.map((_, bin) => Number((from + bin * step).toPrecision(12)));
  const tops = [...starts];
  // In ascending order the last value of a bin is its largest.
  for (let place = 0; place < filled; place++) {
    const value = numbers[ascending[place] ?? 0] ?? 0;
    const bin = binOf(value, from, step, bins);
    if (totals[bin] === 0) starts[bin] = Math.min(starts[bin] ?? value, value);
    totals[bin] = (totals[bin] ?? 0) + 1;
    tops[bin] = value;
  }
  return { from, step, totals, starts, tops, min, max };
}

/** The bin of a value; -1 for none. */
export function binOf(value: number, from: number, step: number, bins: number): number {
  if (Number.isNaN(value)) return -1;
  // 0.3 / 0.1 is a little under 3.
  const bin = Math.floor((value - from) / step + GRID_TOLERANCE);
  return bin < 0 ? 0 : bin >= bins ? bins - 1 : bin;
}

/** The distance of few values that lie on a grid, such as whole numbers or eighths: a bin each. */
function gridStep(numbers: Float64Array, ascending: Int32Array, filled: number): number | null {
  const values: number[] = [];
  for (let place = 0; place < filled; place++) {
    const value = numbers[ascending[place] ?? 0] ?? 0;
    if (value === values.at(-1)) continue;
    if (values.push(value) > MAX_BINS + 1) return null;
  }
  const [min = 0] = values;
  if (values.length === 1) return 1;
  const step = Math.min(...values.slice(1).map((value, i) => value - (values[i] ?? 0)));
  const isGrid = values.every((value) => {
    const place = (value - min) / step;
    return place <= MAX_BINS && Math.abs(place - Math.round(place)) < GRID_TOLERANCE;
  });
  return isGrid && Math.abs(min / step - Math.round(min / step)) < GRID_TOLERANCE ? step : null;
}

/** 1, 2 or 5 times a power of ten, at least `width`. */
function roundStep(width: number): number {
  if (!(width > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(width));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= width) ?? 10;
  return factor * power;
}

/** Rows by value; `isDescending` turns the groups around, rows with equal values stay in row order. */
export function orderOf(column: ArrayColumn, isDescending: boolean): Int32Array {
  if (column.kind === 'numbers') {
    return isDescending ? descending(column) : column.ascending;
  }
  const { codes, values } = column;
  const byName = values
    .map((value, code) => ({ value, code }))
    .sort((a, b) => compareScalars(a.value, b.value) * (isDescending ? -1 : 1));
  // Rows without a value are last either way.
  byName.sort((a, b) => Number(a.value === null) - Number(b.value === null));
  const rankOf = new Int32Array(values.length);
  byName.forEach(({ code }, rank) => {
    rankOf[code] = rank;
  });
  const ranks = new Int32Array(codes.length);
  for (let row = 0; row < codes.length; row++) ranks[row] = rankOf[codes[row] ?? 0] ?? 0;
  return orderByRank(ranks, values.length);
}

function descending({ numbers, ascending, filled }: NumberColumn): Int32Array {
  const order = new Int32Array(ascending.length);
  let place = 0;
  let end = filled;
  while (end > 0) {
    const value = numbers[ascending[end - 1] ?? 0];
    let start = end - 1;
    while (start > 0 && numbers[ascending[start - 1] ?? 0] === value) start -= 1;
    order.set(ascending.subarray(start, end), place);
    place += end - start;
    end = start;
  }
  order.set(ascending.subarray(filled), filled);
  return order;
}

const collator = new Intl.Collator('en', { numeric: true });

function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}
