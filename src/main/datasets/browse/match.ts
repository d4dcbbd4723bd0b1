/**
 * Which rows a query means. Comes in: a query, columns as arrays and ways to ask for what is not an
 * array (texts, tags, views). Goes out: for every row how many filters refuse it, so that a facet can
 * ignore the filter on its own column, and the row order.
 */
import { LabError } from '../../../shared/errors.ts';
import type { Filter, RowQuery, Scalar } from '../../../shared/model/dataset.ts';
import type { ArrayColumn } from './columns.ts';

type ColumnFilter = Extract<Filter, { kind: 'in' | 'range' }>;

/** Where the rows of a dataset and what people said about them are found. */
export interface MatchSource {
  readonly rows: number;
  column(name: string): ArrayColumn | undefined;
  /** Rows of a filter on a column without an array. @throws LabError `rpc/invalid-input` */
  rowsByColumn(filter: ColumnFilter): Iterable<number>;
  rowsByTag(tags: readonly string[]): Iterable<number>;
  rowsByProblem(problem: string): Iterable<number>;
  rowsByView(view: NonNullable<RowQuery['view']>): Int32Array;
  rowsBySearch(text: string): Iterable<number>;
}

/** Group of the tag filter among the columns. */
export const TAG_GROUP = '#tags';

export interface Match {
  /** How many groups of filters refuse the row; {@link OUTSIDE} = not in the view or the search. */
  readonly refusals: Uint8Array;
  /** The last group that refused, as its place in `groups`. */
  readonly refusedBy: Uint8Array;
  /** Columns with filters. */
  readonly groups: readonly string[];
  readonly count: number;
}

/** Never shown, whatever filter is ignored. */
const OUTSIDE = 255;

export function matchRows(query: RowQuery, source: MatchSource): Match {
  const refusals = new Uint8Array(source.rows);
  const refusedBy = new Uint8Array(source.rows);
  const byColumn = new Map<string, ColumnFilter[]>();
  const groups: string[] = [];
  const outside: Uint8Array[] = [];
  for (const filter of query.filters) {
    switch (filter.kind) {
      case 'in':
      case 'range':
        byColumn.set(filter.column, [...(byColumn.get(filter.column) ?? []), filter]);
        break;
      case 'tag':
        refuse(
          refusals,
          refusedBy,
          groups,
          TAG_GROUP,
          marked(source, source.rowsByTag(filter.tags)),
        );
        break;
      case 'problem':
        outside.push(marked(source, source.rowsByProblem(filter.problem)));
        break;
      case 'rows':
        outside.push(marked(source, filter.rows, filter.isNot === true));
        break;
    }
  }
  for (const [name, filters] of byColumn) {
    refuse(refusals, refusedBy, groups, name, allowedRows(source, name, filters));
  }
  if (query.view !== undefined) outside.push(marked(source, source.rowsByView(query.view)));
  if (query.search.trim() !== '') outside.push(marked(source, source.rowsBySearch(query.search)));
  for (const allowed of outside) {
    for (let row = 0; row < allowed.length; row++) if (allowed[row] === 0) refusals[row] = OUTSIDE;
  }
  let count = 0;
  for (let row = 0; row < refusals.length; row++) if (refusals[row] === 0) count += 1;
  return { refusals, refusedBy, groups, count };
}

/** The rows that match, in a given order or in that of the source. */
export function orderedRows(match: Match, order: Int32Array | undefined): Int32Array {
  const rows = new Int32Array(match.count);
  let place = 0;
  if (order === undefined) {
    for (let row = 0; row < match.refusals.length; row++) {
      if (match.refusals[row] === 0) rows[place++] = row;
    }
    return rows;
  }
  for (let i = 0; i < order.length && place < rows.length; i++) {
    const row = order[i] ?? 0;
    if (match.refusals[row] === 0) rows[place++] = row;
  }
  return rows.subarray(0, place);
}

function refuse(
  refusals: Uint8Array,
  refusedBy: Uint8Array,
  groups: string[],
  group: string,
  allowed: Uint8Array,
): void {
  const known = groups.indexOf(group);
  const place = known >= 0 ? known : groups.push(group) - 1;
  for (let row = 0; row < allowed.length; row++) {
    if (allowed[row] !== 0) continue;
    // Two filters of one group refuse a row once.
    if (known >= 0 && (refusals[row] ?? 0) > 0 && refusedBy[row] === place) continue;
    refusals[row] = (refusals[row] ?? 0) + 1;
    refusedBy[row] = place;
  }
}

function marked(source: MatchSource, rows: Iterable<number>, isNot = false): Uint8Array {
  const allowed = new Uint8Array(source.rows).fill(isNot ? 1 : 0);
  for (const row of rows) if (row < allowed.length) allowed[row] = isNot ? 0 : 1;
  return allowed;
}

/** Rows that pass every filter on one column. */
function allowedRows(source: MatchSource, name: string, filters: ColumnFilter[]): Uint8Array {
  const column = source.column(name);
  const allowed = new Uint8Array(source.rows).fill(1);
  for (const filter of filters) {
    if (column === undefined) {
      const isIn = marked(source, source.rowsByColumn(filter), isNegated(filter));
      for (let row = 0; row < allowed.length; row++) if (isIn[row] === 0) allowed[row] = 0;
    } else if (column.kind === 'codes') {
      const table = Uint8Array.from(column.values, (value) => Number(accepts(filter, value)));
      const { codes } = column;
      for (let row = 0; row < allowed.length; row++) {
        if (table[codes[row] ?? 0] === 0) allowed[row] = 0;
      }
    } else {
      narrowNumbers(allowed, column.numbers, filter);
    }
  }
  return allowed;
}

function narrowNumbers(allowed: Uint8Array, numbers: Float64Array, filter: ColumnFilter): void {
  if (filter.kind === 'range') {
    const min = filter.min ?? Number.NEGATIVE_INFINITY;
    const max = filter.max ?? Number.POSITIVE_INFINITY;
    for (let row = 0; row < allowed.length; row++) {
      const value = numbers[row] ?? Number.NaN;
      // NaN is in no range.
      if (!(value >= min && value <= max)) allowed[row] = 0;
    }
    return;
  }
  const values = new Set(filter.values.map((value) => (value === null ? Number.NaN : value)));
  const isNot = filter.isNot === true;
  for (let row = 0; row < allowed.length; row++) {
    if (values.has(numbers[row] ?? Number.NaN) === isNot) allowed[row] = 0;
  }
}

function isNegated(filter: ColumnFilter): boolean {
  return filter.kind === 'in' && filter.isNot === true;
}

function accepts(filter: ColumnFilter, value: Scalar): boolean {
  if (filter.kind === 'in') return filter.values.includes(value) !== (filter.isNot === true);
  if (typeof value !== 'number') return false;
  return value >= (filter.min ?? -Infinity) && value <= (filter.max ?? Infinity);
}

/** @throws LabError `rpc/invalid-input` */
export function unknownColumn(name: string, known: readonly string[]): LabError {
  return new LabError(
    'rpc/invalid-input',
    `[rows] the dataset has no column ${JSON.stringify(name.slice(0, 80))}`,
    { hint: `Columns are: ${known.slice(0, 40).join(', ')}.` },
  );
}
