/**
 * Tables of the datasets room in workspace.sqlite, as made by migration 0002. Rows of a dataset are in
 * a file of their own; here is only what a person decided about them. Texts named after a schema of
 * shared/model hold it as JSON; row lists are packed by main/datasets/views/row-list.ts.
 */
import { blob, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const dataset = sqliteTable('dataset', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  originKind: text('origin_kind').notNull(),
  originFormat: text('origin_format').notNull(),
  originPath: text('origin_path'),
  status: text('status').notNull(),
  rows: integer('rows').notNull().default(0),
  badRows: integer('bad_rows').notNull().default(0),
  bytes: integer('bytes').notNull().default(0),
  isHeldOut: integer('is_held_out', { mode: 'boolean' }).notNull().default(false),
  columns: text('columns').notNull().default('[]'),
  error: text('error'),
  createdAt: text('created_at').notNull(),
  /** In the trash since; the folder lies there too. */
  removedAt: text('removed_at'),
});

/** What an import was asked for, so that it can go on after a restart. */
export const importJob = sqliteTable('import_job', {
  dataset: text('dataset')
    .primaryKey()
    .references(() => dataset.id, { onDelete: 'cascade' }),
  request: text('request').notNull(),
  done: real('done').notNull().default(0),
  total: real('total').notNull().default(0),
  startedAt: text('started_at').notNull(),
  /** Null while it runs; a start of the app that finds null knows that it was interrupted. */
  endedAt: text('ended_at'),
});

export const savedMapping = sqliteTable('saved_mapping', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  mapping: text('mapping').notNull(),
  createdAt: text('created_at').notNull(),
});

export const view = sqliteTable('view', {
  id: text('id').primaryKey(),
  dataset: text('dataset')
    .notNull()
    .references(() => dataset.id, { onDelete: 'cascade' }),
  name: text('name').notNull(),
  /** The newest one; versions are never edited. */
  version: integer('version').notNull(),
  isHeldOut: integer('is_held_out', { mode: 'boolean' }).notNull().default(false),
  createdAt: text('created_at').notNull(),
  removedAt: text('removed_at'),
});

export const viewVersion = sqliteTable(
  'view_version',
  {
    view: text('view')
      .notNull()
      .references(() => view.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    query: text('query').notNull(),
    rowCount: integer('row_count').notNull(),
    rowList: blob('row_list', { mode: 'buffer' }).notNull(),
    hash: text('hash').notNull(),
    createdAt: text('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.view, table.version] })],
);

export const rowTag = sqliteTable(
  'row_tag',
  {
    dataset: text('dataset')
      .notNull()
      .references(() => dataset.id, { onDelete: 'cascade' }),
    tag: text('tag').notNull(),
    row: integer('row').notNull(),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.tag, table.row] })],
);

export const preflightReport = sqliteTable('preflight_report', {
  dataset: text('dataset')
    .primaryKey()
    .references(() => dataset.id, { onDelete: 'cascade' }),
  report: text('report').notNull(),
  checkedAt: text('checked_at').notNull(),
});

/** Rows a problem is about; `extraRows`: those of them that go when one of each group is kept. */
export const preflightRows = sqliteTable(
  'preflight_rows',
  {
    dataset: text('dataset')
      .notNull()
      .references(() => preflightReport.dataset, { onDelete: 'cascade' }),
    problem: text('problem').notNull(),
    rowList: blob('row_list', { mode: 'buffer' }).notNull(),
    extraRows: blob('extra_rows', { mode: 'buffer' }),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.problem] })],
);

export const exportRecord = sqliteTable('export_record', {
  id: text('id').primaryKey(),
  dataset: text('dataset')
    .notNull()
    .references(() => dataset.id, { onDelete: 'cascade' }),
  record: text('record').notNull(),
  createdAt: text('created_at').notNull(),
});
