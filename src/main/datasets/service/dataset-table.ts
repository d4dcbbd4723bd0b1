/**
 * What workspace.sqlite knows of datasets, imports under way and saved mappings. Comes in: decisions.
 * Goes out: summaries for the window. Progress of running imports is kept in memory by ./imports.ts.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { and, asc, desc, eq, isNotNull, isNull } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { LabError, type WireError } from '../../../shared/errors.ts';
import type {
  ColumnInfo,
  DatasetOrigin,
  DatasetSummary,
  SavedMapping,
} from '../../../shared/model/dataset.ts';
import type { Mapping } from '../../../shared/model/import.ts';
import type { Database } from '../../storage/database.ts';
import { drizzleOf } from '../../storage/drizzle.ts';
import { dataset, importJob, savedMapping } from '../../storage/schema/datasets.ts';
import { schema } from '../../storage/schema/index.ts';

type DatasetRow = typeof dataset.$inferSelect;
type Status = DatasetSummary['status'];

export interface NewDataset {
  readonly name: string;
  readonly origin: DatasetOrigin;
  readonly isHeldOut: boolean;
  /** What to do again after a restart. */
  readonly request: unknown;
}

/** What an import found. */
export interface Filled {
  readonly status: Status;
  readonly rows: number;
  readonly badRows: number;
  readonly bytes: number;
  readonly columns: readonly ColumnInfo[];
  readonly error: WireError | null;
}

export class DatasetTable {
  readonly #db: BetterSQLite3Database<typeof schema>;

  constructor(db: Database) {
    this.#db = drizzleOf(db, schema);
  }

  /** Those that are not in the trash, newest last. */
  list(): DatasetSummary[] {
    const rows = this.#db
      .select()
      .from(dataset)
      .where(isNull(dataset.removedAt))
      .orderBy(asc(dataset.createdAt), asc(dataset.id))
      .all();
    return rows.map((row) => this.#summary(row));
  }

  /** @throws LabError `dataset/missing` */
  get(id: string): DatasetSummary {
    const row = this.#db
      .select()
      .from(dataset)
      .where(and(eq(dataset.id, id), isNull(dataset.removedAt)))
      .get();
    if (row !== undefined) return this.#summary(row);
    throw new LabError('dataset/missing', `[datasets] no dataset with the id ${id}`);
  }

  /** Adds one that is being imported. */
  add({ name, origin, isHeldOut, request }: NewDataset): DatasetSummary {
    const id = `${slug(name)}-${randomBytes(3).toString('hex')}`;
    const now = new Date().toISOString();
    this.#db.transaction((tx) => {
      tx.insert(dataset)
        .values({
          id,
          name: this.#freeName(name),
          originKind: origin.kind,
          originFormat: origin.format,
          originPath: origin.path,
          status: 'importing',
          isHeldOut,
          createdAt: now,
        })
        .run();
      tx.insert(importJob)
        .values({ dataset: id, request: JSON.stringify(request), startedAt: now })
        .run();
    });
    return this.get(id);
  }

  fill(id: string, found: Filled): void {
    const { columns, error, ...counts } = found;
    this.#db.transaction((tx) => {
      tx.update(dataset)
        .set({
          ...counts,
          columns: JSON.stringify(columns),
          error: error === null ? null : JSON.stringify(error),
        })
        .where(eq(dataset.id, id))
        .run();
      tx.update(importJob)
        .set({ endedAt: new Date().toISOString() })
        .where(eq(importJob.dataset, id))
        .run();
    });
  }

  setColumns(id: string, columns: readonly ColumnInfo[]): void {
    this.#db
      .update(dataset)
      .set({ columns: JSON.stringify(columns) })
      .where(eq(dataset.id, id))
      .run();
  }

  /** An import goes on. */
  reopen(id: string): void {
    this.#db.transaction((tx) => {
      tx.update(dataset).set({ status: 'importing', error: null }).where(eq(dataset.id, id)).run();
      tx.update(importJob).set({ endedAt: null }).where(eq(importJob.dataset, id)).run();
    });
  }

  /** What the import was asked for. @throws LabError `dataset/missing` */
  request(id: string): unknown {
    const job = this.#db.select().from(importJob).where(eq(importJob.dataset, id)).get();
    if (job === undefined) {
      throw new LabError('dataset/missing', `[datasets] nothing is known of an import of ${id}`);
    }
    return JSON.parse(job.request);
  }

  /** Imports that no process finished. */
  unfinished(): string[] {
    return this.#db
      .select({ id: importJob.dataset })
      .from(importJob)
      .where(isNull(importJob.endedAt))
      .all()
      .map(({ id }) => id);
  }

  rename(id: string, name: string): void {
    this.get(id);
    this.#db.update(dataset).set({ name }).where(eq(dataset.id, id)).run();
  }

  setHeldOut(id: string, isHeldOut: boolean): void {
    this.get(id);
    this.#db.update(dataset).set({ isHeldOut }).where(eq(dataset.id, id)).run();
  }

  /** In the trash, or out of it again. */
  setRemoved(id: string, isRemoved: boolean): void {
    const removedAt = isRemoved ? new Date().toISOString() : null;
    this.#db.update(dataset).set({ removedAt }).where(eq(dataset.id, id)).run();
  }

  removed(): string[] {
    return this.#db
      .select({ id: dataset.id })
      .from(dataset)
      .where(isNotNull(dataset.removedAt))
      .all()
      .map(({ id }) => id);
  }

  /** With its tags, views, reports and exports. */
  forget(id: string): void {
    this.#db.delete(dataset).where(eq(dataset.id, id)).run();
  }

  mappings(): SavedMapping[] {
    return this.#db
      .select()
      .from(savedMapping)
      .orderBy(desc(savedMapping.createdAt))
      .all()
      .map((row) => ({ ...row, mapping: JSON.parse(row.mapping) as Mapping })); // as saveMapping wrote it
  }

  /** A name that is there already gets the new mapping. */
  saveMapping(name: string, mapping: Mapping): SavedMapping {
    const row = { id: randomUUID(), name, mapping, createdAt: new Date().toISOString() };
    this.#db.transaction((tx) => {
      tx.delete(savedMapping).where(eq(savedMapping.name, name)).run();
      tx.insert(savedMapping)
        .values({ ...row, mapping: JSON.stringify(mapping) })
        .run();
    });
    return row;
  }

  removeMapping(id: string): void {
    this.#db.delete(savedMapping).where(eq(savedMapping.id, id)).run();
  }

  /** `name`, or `name 2` and so on when another dataset is called that. */
  #freeName(name: string): string {
    const taken = new Set(this.list().map((known) => known.name));
    if (!taken.has(name)) return name;
    let number = 2;
    while (taken.has(`${name} ${number}`)) number += 1;
    return `${name} ${number}`;
  }

  #summary(row: DatasetRow): DatasetSummary {
    return {
      id: row.id,
      name: row.name,
      // What add and fill wrote, of the types of the summary.
      origin: {
        kind: row.originKind as DatasetOrigin['kind'],
        format: row.originFormat,
        path: row.originPath,
      },
      status: row.status as Status,
      rows: row.rows,
      badRows: row.badRows,
      bytes: row.bytes,
      progress: null,
      isHeldOut: row.isHeldOut,
      columns: JSON.parse(row.columns) as ColumnInfo[],
      createdAt: row.createdAt,
      error: row.error === null ? null : (JSON.parse(row.error) as WireError),
    };
  }
}

/** The beginning of an id that people recognise. */
function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  return plain === '' ? 'dataset' : plain;
}
