/**
 * Facets of a query. Comes in: a match and columns as arrays. Goes out: counts of values and bins among
 * the rows that match, each facet without the filter on its own column, beside the totals of the whole
 * dataset.
 */
import type { ColumnInfo, Facet, ValueCount } from '../../../shared/model/dataset.ts';
import { binOf, type CodedColumn, type NumberColumn } from './columns.ts';
import { type Match, TAG_GROUP } from './match.ts';

/** Values listed per column. */
const SHOWN_VALUES = 50;

/** Tells whether a row matches when the filters of one group are ignored. */
function matcher(match: Match, group: string): (row: number) => boolean {
  const { refusals, refusedBy } = match;
  const own = match.groups.indexOf(group);
  if (own < 0) return (row) => refusals[row] === 0;
  return (row) => refusals[row] === 0 || (refusals[row] === 1 && refusedBy[row] === own);
}

export function valuesFacet(
  info: ColumnInfo,
  column: CodedColumn,
  match: Match,
  find: string | undefined,
): Facet {
  const isShown = matcher(match, info.name);
  const counts = new Uint32Array(column.values.length);
  const { codes } = column;
  for (let row = 0; row < codes.length; row++) {
    if (!isShown(row)) continue;
    const code = codes[row] ?? 0;
    counts[code] = (counts[code] ?? 0) + 1;
  }
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

/** @returns undefined for a column without numbers. */
export function histogramFacet(
  info: ColumnInfo,
  column: NumberColumn,
  match: Match,
): Facet | undefined {
  const { numbers, ascending, filled, binning } = column;
  if (binning === null) return undefined;
  const isShown = matcher(match, info.name);
  const { from, step, totals } = binning;
  const counts = new Array<number>(totals.length).fill(0);
  for (let row = 0; row < numbers.length; row++) {
    if (!isShown(row)) continue;
    const bin = binOf(numbers[row] ?? Number.NaN, from, step, totals.length);
    if (bin >= 0) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return {
    kind: 'histogram',
    column: info.name,
    title: info.title,
    bins: counts.map((count, bin) => ({
      from: rounded(from + bin * step),
      to: rounded(from + (bin + 1) * step),
      count,
      total: totals[bin] ?? 0,
    })),
    min: binning.min,
    max: binning.max,
    median: medianOf(numbers, ascending.subarray(0, filled), isShown),
  };
}

/** The middle value, or the mean of the two in the middle, of the rows that are shown. */
function medianOf(
  numbers: Float64Array,
  ascending: Int32Array,
  isShown: (row: number) => boolean,
): number | null {
  let count = 0;
  for (const row of ascending) if (isShown(row)) count += 1;
  if (count === 0) return null;
  const low = Math.floor((count - 1) / 2);
  const high = Math.floor(count / 2);
  let seen = 0;
  let sum = 0;
  for (const row of ascending) {
    if (!isShown(row)) continue;
    if (seen === low) sum += numbers[row] ?? 0;
    if (seen === high) return (sum + (numbers[row] ?? 0)) / 2;
    seen += 1;
  }
  return null;
}

/** Tags with how many of their rows match. */
export function tagFacet(
  match: Match,
  tagged: Iterable<{ readonly tag: string; readonly row: number }>,
): ValueCount[] {
  const isShown = matcher(match, TAG_GROUP);
  const found = new Map<string, { count: number; total: number }>();
  for (const { tag, row } of tagged) {
    const known = found.get(tag) ?? { count: 0, total: 0 };
    if (known.total === 0) found.set(tag, known);
    known.total += 1;
    if (row < match.refusals.length && isShown(row)) known.count += 1;
  }
  return [...found]
    .map(([value, { count, total }]) => ({ value, count, total }))
    .sort((a, b) => b.total - a.total || a.value.localeCompare(b.value));
}

/** 0.1 + 0.2 is an edge of 0.3. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
