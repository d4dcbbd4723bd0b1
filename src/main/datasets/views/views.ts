/**
 * Views: named, versioned, frozen lists of rows. Comes in: a query or row numbers. Goes out: the list
 * as it was at that moment, with a hash that a run can record. A version is never edited; what a
 * person changes is a new version, and every change can be undone.
 */
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import { jsonObject } from '../../../shared/json.ts';
import type { RowQuery, View, ViewRef } from '../../../shared/model/dataset.ts';
import type { Database } from '../../storage/database.ts';
import type { Changes } from '../../workspace/changes.ts';
import type { History } from '../../workspace/history.ts';
import type { DatasetBrowser } from '../browse/browser.ts';
import { packRows, unpackRows } from './row-list.ts';

const viewRecord = z.object({
  id: z.string(),
  dataset: z.string(),
  name: z.string(),
  version: z.int(),
  is_held_out: z.int(),
  query: z.string(),
  row_count: z.int(),
  hash: z.string(),
  created_at: z.string(),
});

const SELECT = `
  SELECT view.id, view.dataset, view.name, view_version.version, view.is_held_out,
    view_version.query, view_version.row_count, view_version.hash, view_version.created_at
  FROM view JOIN view_version ON view_version.view = view.id`;

/** What undo and redo set: everything of a view that can change. */
const viewState = z.object({
  id: z.string(),
  name: z.string(),
  version: z.int(),
  isHeldOut: z.boolean(),
  isRemoved: z.boolean(),
});
type ViewState = z.infer<typeof viewState>;

const KIND = 'datasets/view';

export interface ViewsOptions {
  readonly db: Database;
  readonly browser: DatasetBrowser;
  readonly history: History;
  readonly changes: Changes;
}

export interface ViewRequest {
  readonly name: string;
  readonly query: RowQuery;
  /** These rows instead of those of the query, in this order. */
  readonly rows?: readonly number[] | undefined;
}

export interface ViewChange {
  readonly id: string;
  readonly name?: string | undefined;
  readonly query?: RowQuery | undefined;
  readonly rows?: readonly number[] | undefined;
  readonly isHeldOut?: boolean | undefined;
}

export class Views {
  readonly #options: ViewsOptions;

  constructor(options: ViewsOptions) {
    this.#options = options;
    options.history.define(KIND, (data) => {
      this.#set(viewState.parse(data));
    });
  }

  /** The newest version of every view, by name. */
  list(dataset: string | undefined): View[] {
    const rows = this.#options.db
      .prepare(
        `${SELECT} AND view_version.version = view.version
         WHERE view.removed_at IS NULL AND (? IS NULL OR view.dataset = ?)
         ORDER BY view.name COLLATE NOCASE, view.created_at`,
      )
      .all(dataset ?? null, dataset ?? null);
    return rows.map(viewOf);
  }

  /** One version, also of a view that was deleted: runs name it. @throws LabError `dataset/missing-view` */
  get({ id, version }: ViewRef): View {
    const row = this.#options.db
      .prepare(`${SELECT} WHERE view.id = ? AND view_version.version = ?`)
      .get(id, version);
    if (row !== undefined) return viewOf(row);
    throw new LabError('dataset/missing-view', `[views] no view ${id} of version ${version}`);
  }

  /** @throws LabError `dataset/missing-view` */
  newest(id: string): View {
    const version: unknown = this.#options.db
      .prepare('SELECT version FROM view WHERE id = ? AND removed_at IS NULL')
      .pluck()
      .get(id);
    if (typeof version === 'number') return this.get({ id, version });
    throw new LabError('dataset/missing-view', `[views] no view with the id ${id}`);
  }

  rows({ id, version }: ViewRef): Int32Array {
    const { rows } = this.get({ id, version });
    const list: unknown = this.#options.db
      .prepare('SELECT row_list FROM view_version WHERE view = ? AND version = ?')
      .pluck()
      .get(id, version);
    return unpackRows(z.instanceof(Uint8Array).parse(list), rows);
  }

  async create({ name, query, rows }: ViewRequest): Promise<View> {
    const list = await this.#frozen(query, rows);
    const id = randomUUID();
    const { db } = this.#options;
    db.transaction(() => {
      db.prepare(
        'INSERT INTO view (id, dataset, name, version, created_at) VALUES (?, ?, ?, 1, ?)',
      ).run(id, query.dataset, this.#freeName(query.dataset, name), new Date().toISOString());
      this.#addVersion(id, 1, query, list);
      const state = { ...this.#state(id), isRemoved: false };
      this.#record(`save the view ${name}`, { ...state, isRemoved: true }, state);
    })();
    this.#changed();
    return this.get({ id, version: 1 });
  }

  /** A new name, or a new version when a query or rows are given. */
  async update(change: ViewChange): Promise<View> {
    const before = this.#state(change.id);
    const current = this.newest(change.id);
    const query = change.query ?? current.query;
    const isNew = change.query !== undefined || change.rows !== undefined;
    if (query.dataset !== current.dataset) {
      throw new LabError(
        'rpc/invalid-input',
        `[views] ${current.name} is a view of ${current.dataset}, the query is of ${query.dataset}`,
      );
    }
    const list = isNew ? await this.#frozen(query, change.rows) : undefined;
    const { db } = this.#options;
    db.transaction(() => {
      const version = list === undefined ? before.version : this.#lastVersion(change.id) + 1;
      if (list !== undefined) this.#addVersion(change.id, version, query, list);
      const after: ViewState = {
        ...before,
        version,
        name: change.name ?? before.name,
        isHeldOut: change.isHeldOut ?? before.isHeldOut,
      };
      this.#write(after);
      this.#record(`change the view ${after.name}`, before, after);
    })();
    this.#changed();
    return this.newest(change.id);
  }

  remove(id: string): void {
    const before = this.#state(id);
    const after = { ...before, isRemoved: true };
    this.#options.db.transaction(() => {
      this.#write(after);
      this.#record(`delete the view ${before.name}`, before, after);
    })();
    this.#changed();
  }

  async #frozen(query: RowQuery, rows: readonly number[] | undefined): Promise<Int32Array> {
    if (rows === undefined) return await this.#options.browser.resolve(query);
    const { rows: total } = await this.#options.browser.count({
      dataset: query.dataset,
      filters: [],
      search: '',
      sort: null,
    });
    const outside = rows.find((row) => row >= total);
    if (outside === undefined) return Int32Array.from(new Set(rows));
    throw new LabError(
      'dataset/missing-row',
      `[views] ${query.dataset} has ${total} rows, there is no row ${outside}`,
    );
  }

  #addVersion(id: string, version: number, query: RowQuery, rows: Int32Array): void {
    this.#options.db
      .prepare('INSERT INTO view_version VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(
        ...[id, version, JSON.stringify(query), rows.length, packRows(rows)],
        ...[hashRows(query.dataset, rows), new Date().toISOString()],
      );
  }

  #lastVersion(id: string): number {
    const { db } = this.#options;
    // After an undo the newest version lies ahead of the current one.
    return Number(
      db.prepare('SELECT max(version) FROM view_version WHERE view = ?').pluck().get(id),
    );
  }

  #state(id: string): ViewState {
    const row: unknown = this.#options.db
      .prepare(
        'SELECT id, name, version, is_held_out AS isHeldOut, removed_at AS removedAt FROM view WHERE id = ?',
      )
      .get(id);
    if (row === undefined) {
      throw new LabError('dataset/missing-view', `[views] no view with the id ${id}`);
    }
    const { isHeldOut, removedAt, ...rest } = z
      .object({
        id: z.string(),
        name: z.string(),
        version: z.int(),
        isHeldOut: z.int(),
        removedAt: z.string().nullable(),
      })
      .parse(row);
    return { ...rest, isHeldOut: isHeldOut === 1, isRemoved: removedAt !== null };
  }

  #set(state: ViewState): void {
    this.#state(state.id);
    this.#write(state);
    this.#changed();
  }

  #write({ id, name, version, isHeldOut, isRemoved }: ViewState): void {
    this.#options.db
      .prepare(
        'UPDATE view SET name = ?, version = ?, is_held_out = ?, removed_at = ? WHERE id = ?',
      )
      .run(name, version, Number(isHeldOut), isRemoved ? new Date().toISOString() : null, id);
  }

  #record(label: string, before: ViewState, after: ViewState): void {
    this.#options.history.record({
      label,
      undo: { kind: KIND, data: jsonObject.parse(before) },
      redo: { kind: KIND, data: jsonObject.parse(after) },
    });
  }

  /** `name`, or `name 2` and so on. */
  #freeName(dataset: string, name: string): string {
    const taken = new Set(this.list(dataset).map((view) => view.name));
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name} ${number}`;
    return free;
  }

  #changed(): void {
    this.#options.browser.invalidate();
    this.#options.changes.touch('datasets');
  }
}

/** The same rows of the same dataset in the same order have the same hash. */
export function hashRows(dataset: string, rows: Int32Array): string {
  return createHash('sha256')
    .update(`${dataset}\n`)
    .update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength))
    .digest('hex');
}

function viewOf(row: unknown): View {
  const { is_held_out, row_count, created_at, query, ...view } = viewRecord.parse(row);
  return {
    ...view,
    // Written by addVersion from a parsed query.
    query: JSON.parse(query) as RowQuery,
    rows: row_count,
    isHeldOut: is_held_out === 1,
    createdAt: created_at,
  };
}
