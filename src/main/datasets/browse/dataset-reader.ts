/**
 * One dataset, open for reading. Comes in: its folder and the workspace database. Goes out: cards,
 * columns as arrays, and the rows of texts, tags, views and searches. Runs in the query worker.
 */
import { join } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { ColumnInfo, RowCard, RowQuery, Scalar } from '../../../shared/model/dataset.ts';
import type { Database, Statement } from '../../storage/database.ts';
import { openRowsFile, readColumns } from '../rows-file.ts';
import { unpackRows } from '../views/row-list.ts';
import { type ArrayColumn, orderOf } from './columns.ts';
import {
  ANSWER_TYPE,
  addComputed,
  answerType,
  BUILT_IN,
  COMPUTED_FOLDER,
  ColumnsFolder,
  scalarOf,
  writeColumns,
} from './columns-folder.ts';
import { Lru } from './lru.ts';
import { type MatchSource, unknownColumn } from './match.ts';
import type { PassRates } from './pass-rates.ts';
import { searchExpression } from './search-text.ts';

interface RowRecord {
  readonly row: number;
  readonly key: string;
  readonly prompt: string;
  readonly answer: string | null;
  readonly thumb: string | null;
  readonly image_count: number;
  readonly [column: string]: string | number | null;
}

const KEPT_ORDERS = 6;
/** So many keys are looked up one by one. */
const FEW_KEYS = 3;

export class DatasetReader implements MatchSource {
  readonly id: string;
  readonly #folder: string;
  readonly #db: Database;
  readonly #workspace: Database;
  readonly #columns: ColumnInfo[];
  readonly #card: Statement;
  readonly #tags: Statement;
  /** By column and direction; one is 4 MB at a million rows. */
  readonly #orders = new Lru<string, Int32Array>(KEPT_ORDERS);
  #arrays: ColumnsFolder | undefined;
  #tagRows: ReadonlyMap<string, readonly number[]> | undefined;
  #computed: ColumnsFolder | undefined;
  #rows: number;

  constructor(id: string, workspaceFolder: string, workspace: Database) {
    this.id = id;
    this.#folder = join(workspaceFolder, 'datasets', id);
    this.#workspace = workspace;
    this.#db = openRowsFile(this.#folder);
    // Pages are read where they lie: a jump to any row touches a few of them.
    this.#db.pragma('mmap_size = 1073741824');
    this.#db.pragma('query_only = ON');
    this.#columns = readColumns(this.#db);
    const names = this.#columns.map(({ name }) => `, "${name}"`).join('');
    this.#card = this.#db.prepare(
      `SELECT row, key, prompt, answer, thumb, image_count${names} FROM rows WHERE row = ?`,
    );
    this.#tags = workspace
      .prepare('SELECT tag FROM row_tag WHERE dataset = ? AND row = ? ORDER BY tag')
      .pluck();
    this.#rows = this.#countRows();
    this.#openArrays();
  }

  get rows(): number {
    return this.#rows;
  }

  /** Looks again how many rows there are; a running import adds some. @returns whether there are more */
  refresh(): boolean {
    const rows = this.#countRows();
    if (rows === this.#rows) return false;
    this.#rows = rows;
    this.#openArrays();
    this.#orders.clear();
    return true;
  }

  /** Makes the arrays where there are none. @returns how many rows they cover */
  prepare(): number {
    if (this.#arrays === undefined) {
      this.#rows = writeColumns(this.#db, this.#folder, this.#columns);
      this.#openArrays();
    }
    return this.#rows;
  }

  get hasArrays(): boolean {
    return this.#arrays !== undefined;
  }

  /** The columns a facet can be made of. */
  facetColumns(): ColumnInfo[] {
    return this.#allColumns().filter(
      ({ name }) => this.#arrays?.has(name) === true || this.#computed?.has(name) === true,
    );
  }

  columnInfo(name: string): ColumnInfo {
    const all = this.#allColumns();
    const found = all.find((column) => column.name === name);
    if (found !== undefined) return found;
    throw unknownColumn(
      name,
      all.map((column) => column.name),
    );
  }

  column(name: string): ArrayColumn | undefined {
    this.columnInfo(name);
    return this.#computed?.column(name) ?? this.#arrays?.column(name);
  }

  /** All rows by the value of a column. */
  order(name: string, isDescending: boolean): Int32Array {
    const key = `${name} ${isDescending ? 'down' : 'up'}`;
    const known = this.#orders.get(key);
    if (known !== undefined) return known;
    const column = this.column(name);
    const order =
      column === undefined ? this.#textOrder(name, isDescending) : orderOf(column, isDescending);
    this.#orders.set(key, order);
    return order;
  }

  card(row: number): RowCard {
    // The statement names exactly these columns.
    const record = this.#card.get(row) as RowRecord | undefined;
    if (record === undefined) {
      throw new LabError('dataset/missing-row', `[rows] ${this.id} has no row ${row}`);
    }
    const values: Record<string, Scalar> = {};
    values[ANSWER_TYPE.name] = answerType(record.answer);
    for (const { name } of this.#computed?.titled() ?? [])
      values[name] = this.#computedValue(name, row);
    for (const { name, kind } of this.#columns) values[name] = scalarOf(record[name] ?? null, kind);
    return {
      row,
      key: record.key,
      prompt: record.prompt,
      answer: record.answer,
      thumb: record.thumb,
      imageCount: record.image_count,
      // Plucked from a TEXT column.
      tags: this.#tags.all(this.id, row) as string[],
      values,
    };
  }

  sample(row: number): string | null {
    const text: unknown = this.#db
      .prepare('SELECT sample FROM samples WHERE row = ?')
      .pluck()
      .get(row);
    return typeof text === 'string' ? text : null;
  }

  rowsByColumn(filter: Parameters<MatchSource['rowsByColumn']>[0]): Iterable<number> {
    const { name, kind } = this.columnInfo(filter.column);
    if (filter.kind === 'range') {
      return this.#select(
        `"${name}" BETWEEN ? AND ? AND typeof("${name}") IN ('integer', 'real')`,
        [filter.min ?? Number.NEGATIVE_INFINITY, filter.max ?? Number.POSITIVE_INFINITY],
      );
    }
    const stored = filter.values.map((value) =>
      kind === 'boolean' || typeof value === 'boolean' ? Number(value) : value,
    );
    const nulls = filter.values.includes(null) ? ` OR "${name}" IS NULL` : '';
    return this.#select(`"${name}" IN (SELECT value FROM json_each(?))${nulls}`, [
      JSON.stringify(stored.filter((value) => value !== null)),
    ]);
  }

  rowsByTag(tags: readonly string[]): Iterable<number> {
    // Plucked from an INTEGER column.
    return this.#workspace
      .prepare(
        'SELECT row FROM row_tag WHERE dataset = ? AND tag IN (SELECT value FROM json_each(?))',
      )
      .pluck()
      .all(this.id, JSON.stringify(tags)) as number[];
  }

  /** Kept until {@link forgetTags}: facets ask with every filter. */
  rowsByEachTag(): ReadonlyMap<string, readonly number[]> {
    if (this.#tagRows !== undefined) return this.#tagRows;
    const found = new Map<string, number[]>();
    // As declared in migration 0002.
    for (const { tag, row } of this.#workspace
      .prepare('SELECT tag, row FROM row_tag WHERE dataset = ?')
      .iterate(this.id) as IterableIterator<{ tag: string; row: number }>) {
      const rows = found.get(tag);
      if (rows === undefined) found.set(tag, [row]);
      else rows.push(row);
    }
    this.#tagRows = found;
    return found;
  }

  forgetTags(): void {
    this.#tagRows = undefined;
  }

  rowsByProblem(problem: string): Iterable<number> {
    const list: unknown = this.#workspace
      .prepare('SELECT row_list FROM preflight_rows WHERE dataset = ? AND problem = ?')
      .pluck()
      .get(this.id, problem);
    return list instanceof Uint8Array ? unpackRows(list) : [];
  }

  rowsByView(view: NonNullable<RowQuery['view']>): Int32Array {
    const list: unknown = this.#workspace
      .prepare(
        `SELECT row_list FROM view_version JOIN view ON view.id = view_version.view
         WHERE view.id = ? AND view.dataset = ? AND view_version.version = ?`,
      )
      .pluck()
      .get(view.id, this.id, view.version);
    if (list instanceof Uint8Array) return unpackRows(list);
    throw new LabError(
      'dataset/missing-view',
      `[views] ${this.id} has no view ${view.id} of version ${view.version}`,
    );
  }

  rowsBySearch(text: string): Iterable<number> {
    const expression = searchExpression(text);
    if (expression === null) return [];
    // rowid is the number of the row.
    return this.#db
      .prepare('SELECT rowid FROM search WHERE search MATCH ?')
      .pluck()
      .all(expression) as number[];
  }

  close(): void {
    this.#db.close();
  }

  #openArrays(): void {
    this.#arrays = ColumnsFolder.open(this.#folder, this.#rows);
    this.#computed = ColumnsFolder.open(this.#folder, this.#rows, COMPUTED_FOLDER);
  }

  #computedValue(name: string, row: number): number | null {
    const column = this.#computed?.column(name);
    const value = column?.kind === 'numbers' ? column.numbers[row] : undefined;
    return value === undefined || Number.isNaN(value) ? null : value;
  }

  /** Pass rates of a run: the share of right completions when a row was last sampled. */
  addPassRates(rates: PassRates): number {
    const rowOf = this.#db.prepare('SELECT row FROM rows WHERE key = ?').pluck();
    const numbers = new Float64Array(this.#rows).fill(Number.NaN);
    let found = 0;
    const add = (row: unknown, rate: number): void => {
      if (typeof row !== 'number') return;
      numbers[row] = rate;
      found += 1;
    };
    if (rates.rates.size <= FEW_KEYS) {
      for (const [key, rate] of rates.rates) add(rowOf.get(key), rate);
    } else {
      // Without an index on keys one walk is shorter than many searches. As declared in rows-file.ts.
      for (const { row, key } of this.#db
        .prepare('SELECT row, key FROM rows')
        .iterate() as IterableIterator<{ row: number; key: string }>) {
        const rate = rates.rates.get(key);
        if (rate !== undefined) add(row, rate);
      }
    }
    if (found > 0) addComputed(this.#folder, rates, numbers);
    return found;
  }

  #allColumns(): ColumnInfo[] {
    // The answer type is in the arrays only.
    const types = this.#arrays?.has(ANSWER_TYPE.name) === true ? [ANSWER_TYPE] : [];
    return [...(this.#computed?.titled() ?? []), ...BUILT_IN, ...types, ...this.#columns];
  }

  #select(where: string, parameters: unknown[]): number[] {
    // Plucked from the primary key.
    return this.#db
      .prepare(`SELECT row FROM rows WHERE ${where}`)
      .pluck()
      .all(...parameters) as number[];
  }

  #textOrder(name: string, isDescending: boolean): Int32Array {
    const saved = `${name}-${isDescending ? 'down' : 'up'}`;
    const known = this.#arrays?.order(saved);
    if (known !== undefined) return known;
    const rows = this.#db
      .prepare(
        `SELECT row FROM rows ORDER BY "${name}" IS NULL, "${name}" COLLATE NOCASE ${isDescending ? 'DESC' : 'ASC'}, row`,
      )
      .pluck()
      .all() as number[]; // plucked from the primary key
    const order = Int32Array.from(rows);
    this.#arrays?.saveOrder(saved, order);
    return order;
  }

  #countRows(): number {
    return Number(this.#db.prepare('SELECT coalesce(max(row) + 1, 0) FROM rows').pluck().get());
  }
}
