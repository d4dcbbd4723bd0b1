/**
 * Facets of a query. Comes in: a match and columns as arrays. Goes out: counts of values and bins among
 * the rows that match, each facet without the filter on its own column, beside the totals of the whole
 * dataset.
 */
import type { ColumnInfo, Facet, ValueCount } from '../../../shared/model/dataset.ts';
import { type Binning, binOf, type CodedColumn, type NumberColumn } from './columns.ts';
import { type Match, TAG_GROUP } from './match.ts';

/** Values listed per column. */
const SHOWN_VALUES = 50;

/** Which rows a facet counts; made once per group of filters and not once per facet. */
export class Shown {
  readonly #match: Match;
  readonly #byGroup = new Map<number, Uint8Array>();
  /** Every row matches: the counts are the totals. */
  readonly isAll: boolean;

  constructor(match: Match) {
    this.#match = match;
    this.isAll = match.count === match.refusals.length;
  }

  /** 1 for every row that matches when the filters of one group are ignored. */
  rows(group: string): Uint8Array {
    const { refusals, refusedBy, groups } = this.#match;
    const own = groups.indexOf(group);
    const known = this.#byGroup.get(own);
    if (known !== undefined) return known;
    const shown = new Uint8Array(refusals.length);
    for (let row = 0; row < shown.length; row++) {
      const refused = refusals[row];
      shown[row] = refused === 0 || (refused === 1 && refusedBy[row] === own) ? 1 : 0;
    }
    this.#byGroup.set(own, shown);
    return shown;
  }
}

export function valuesFacet(
  info: ColumnInfo,
  column: CodedColumn,
  shown: Shown,
  find: string | undefined,
): Facet {
  const counts = shown.isAll ? column.totals : countCodes(column, shown.rows(info.name));
  const values: ValueCount[] = [];
  const wanted = find?.toLocaleLowerCase();
  for (let code = 0; code < column.values.length && values.length < SHOWN_VALUES; code++) {
    const value = column.values[code] ?? null;
    if (wanted !== undefined && !String(value).toLocaleLowerCase().includes(wanted)) continue;
    values.push({ value, count: counts[code] ?? 0, total: column.totals[code] ?? 0 });
  }
  const { name, title } = info;
  return { kind: 'values', column: name, title, values, distinct: column.values.length };
}

function countCodes({ codes, values }: CodedColumn, shown: Uint8Array): Uint32Array {
  const counts = new Uint32Array(values.length);
  for (let row = 0; row < codes.length; row++) {
    if (shown[row] === 0) continue;
    const code = codes[row] ?? 0;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
}

/** @returns undefined for a column without numbers. */
export function histogramFacet(
  info: ColumnInfo,
  column: NumberColumn,
  shown: Shown,
): Facet | undefined {
  const { numbers, ascending, filled, binning } = column;
  if (binning === null) return undefined;
  const { totals } = binning;
  const rows = shown.isAll ? undefined : shown.rows(info.name);
  const counts = rows === undefined ? totals : countBins(numbers, rows, binning);
  return {
    kind: 'histogram',
    column: info.name,
    title: info.title,
    bins: counts.map((count, bin) => ({
      from: binning.starts[bin] ?? 0,
      to: binning.tops[bin] ?? 0,
      count,
      total: totals[bin] ?? 0,
    })),
    min: binning.min,
    max: binning.max,
    median: medianOf(numbers, ascending.subarray(0, filled), rows, sumOf(counts)),
  };
}

function countBins(numbers: Float64Array, shown: Uint8Array, binning: Binning): number[] {
  const { from, step, totals } = binning;
  const counts = new Array<number>(totals.length).fill(0);
  for (let row = 0; row < numbers.length; row++) {
    if (shown[row] === 0) continue;
    const bin = binOf(numbers[row] ?? Number.NaN, from, step, totals.length);
    if (bin >= 0) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/**
 * The middle value, or the mean of the two in the middle, of the rows that are shown.
 * @param shown undefined = all of them
 * @param count how many rows are shown and have a value
 */
function medianOf(
  numbers: Float64Array,
  ascending: Int32Array,
  shown: Uint8Array | undefined,
  count: number,
): number | null {
  if (count === 0) return null;
  const low = Math.floor((count - 1) / 2);
  const high = Math.floor(count / 2);
  const at = (place: number) => numbers[ascending[place] ?? 0] ?? 0;
  if (shown === undefined) return (at(low) + at(high)) / 2;
  let seen = -1;
  let sum = 0;
  for (let place = 0; place < ascending.length; place++) {
    if (shown[ascending[place] ?? 0] === 0) continue;
    seen += 1;
    if (seen === low) sum += at(place);
    if (seen === high) return (sum + at(place)) / 2;
  }
  return null;
}

/** Tags with how many of their rows match. */
export function tagFacet(
  shown: Shown,
  tagged: ReadonlyMap<string, readonly number[]>,
): ValueCount[] {
  const matches = shown.rows(TAG_GROUP);
  return [...tagged]
    .map(([value, rows]) => {
      let count = 0;
      for (const row of rows) count += matches[row] ?? 0;
      return { value, count, total: rows.length };
    })
    .sort((a, b) => b.total - a.total || a.value.localeCompare(b.value));
}
