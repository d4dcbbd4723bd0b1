/**
 * Answers queries over the datasets of a workspace. Comes in: a request of the protocol. Goes out: its
 * answer. Keeps what costs time: open datasets, the match of a query, and its row order, so that any
 * offset of a result is found at once.
 */
import { join } from 'node:path';
import type {
  Facet,
  FacetReport,
  FacetRequest,
  RowCount,
  RowPage,
  RowQuery,
} from '../../../shared/model/dataset.ts';
import { type Database, openDatabase } from '../../storage/database.ts';
import { DatasetReader } from './dataset-reader.ts';
import { histogramFacet, Shown, tagFacet, valuesFacet } from './facets.ts';
import { Lru } from './lru.ts';
import { type Match, matchRows, orderedRows } from './match.ts';
import { readPassRates } from './pass-rates.ts';

const OPEN_DATASETS = 4;
const KEPT_MATCHES = 6;
const KEPT_ORDERS = 8;

export class QueryEngine {
  readonly #folder: string;
  readonly #workspace: Database;
  readonly #readers = new Lru<string, DatasetReader>(OPEN_DATASETS, (reader) => reader.close());
  readonly #matches = new Lru<string, Match>(KEPT_MATCHES);
  readonly #orders = new Lru<string, Int32Array>(KEPT_ORDERS);
  #epoch = 0;

  constructor(folder: string) {
    this.#folder = folder;
    this.#workspace = openDatabase(join(folder, 'workspace.sqlite'), {
      synchronous: 'NORMAL',
      readonly: true,
    });
  }

  /** Forgets what depends on tags, views and reports when they have changed. */
  setEpoch(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#matches.clear();
    this.#orders.clear();
    for (const reader of this.#readers.values()) reader.forgetTags();
  }

  rows(query: RowQuery, offset: number, limit: number): RowPage {
    const started = performance.now();
    const reader = this.#reader(query.dataset);
    const order = this.#order(reader, query);
    const total = order?.length ?? reader.rows;
    const end = Math.min(offset + limit, total);
    const rows = [];
    for (let place = offset; place < end; place++) {
      rows.push(reader.card(order === null ? place : (order[place] ?? 0)));
    }
    return { rows, offset, total, ms: performance.now() - started };
  }

  count(query: RowQuery): RowCount {
    const started = performance.now();
    const reader = this.#reader(query.dataset);
    const rows = isPlain(query) ? reader.rows : this.#match(reader, query).count;
    return { rows, ms: performance.now() - started, token: `${reader.rows}-${this.#epoch}` };
  }

  locate(query: RowQuery, row: number): number | null {
    const reader = this.#reader(query.dataset);
    const order = this.#order(reader, query);
    if (order === null) return row < reader.rows ? row : null;
    const place = order.indexOf(row);
    return place < 0 ? null : place;
  }

  facets({ query, columns, find }: FacetRequest): FacetReport {
    const started = performance.now();
    const reader = this.#reader(query.dataset);
    const shown = new Shown(this.#match(reader, query));
    const facets: Facet[] = [];
    for (const info of reader.facetColumns()) {
      if (columns !== undefined && !columns.includes(info.name)) continue;
      const column = reader.column(info.name);
      if (column === undefined) continue;
      const facet =
        column.kind === 'codes'
          ? valuesFacet(info, column, shown, find?.column === info.name ? find.text : undefined)
          : histogramFacet(info, column, shown);
      if (facet !== undefined) facets.push(facet);
    }
    return {
      facets,
      tags: tagFacet(shown, reader.rowsByEachTag()),
      ms: performance.now() - started,
    };
  }

  resolve(query: RowQuery): Int32Array {
    const reader = this.#reader(query.dataset);
    const order = this.#order(reader, query);
    // A copy: what is sent to another thread is gone here.
    return order === null
      ? Int32Array.from({ length: reader.rows }, (_, row) => row)
      : order.slice();
  }

  sample(dataset: string, row: number): string | null {
    return this.#reader(dataset).sample(row);
  }

  prepare(dataset: string): number {
    return this.#reader(dataset).prepare();
  }

  passRates(
    dataset: string,
    request: { readonly run: string; readonly name: string; readonly title: string },
  ): number {
    const rates = readPassRates(this.#folder, request.run);
    return this.#reader(dataset).addPassRates({ ...request, rates });
  }

  close(dataset: string): null {
    this.#readers.delete(dataset);
    this.#forget(dataset);
    return null;
  }

  dispose(): void {
    this.#readers.clear();
    this.#workspace.close();
  }

  #reader(dataset: string): DatasetReader {
    let reader = this.#readers.get(dataset);
    if (reader === undefined) {
      reader = new DatasetReader(dataset, this.#folder, this.#workspace);
      this.#readers.set(dataset, reader);
    } else if (reader.refresh()) {
      this.#forget(dataset);
    }
    return reader;
  }

  #forget(dataset: string): void {
    const isOf = (key: string) => key.startsWith(`${dataset} `);
    this.#matches.deleteWhere(isOf);
    this.#orders.deleteWhere(isOf);
  }

  #match(reader: DatasetReader, query: RowQuery): Match {
    const { dataset, view, filters, search } = query;
    const key = `${dataset} ${JSON.stringify([view, filters, search])}`;
    let match = this.#matches.get(key);
    if (match === undefined) {
      match = matchRows(query, reader);
      this.#matches.set(key, match);
    }
    return match;
  }

  /** The rows of a query in its order; null when that is the order of the source. */
  #order(reader: DatasetReader, query: RowQuery): Int32Array | null {
    const { dataset, view, filters, search, sort } = query;
    if (isPlain(query) && sort === null) return null;
    const key = `${dataset} ${JSON.stringify([view, filters, search, sort])}`;
    let rows = this.#orders.get(key);
    if (rows === undefined) {
      const order =
        sort !== null
          ? reader.order(sort.column, sort.isDescending)
          : view === undefined
            ? undefined
            : reader.rowsByView(view);
      rows =
        isPlain(query) && order !== undefined
          ? order
          : orderedRows(this.#match(reader, query), order);
      this.#orders.set(key, rows);
    }
    return rows;
  }
}

/** Every row matches. */
function isPlain({ view, filters, search }: RowQuery): boolean {
  return view === undefined && filters.length === 0 && search.trim() === '';
}
