/** Tables of the models room in workspace.sqlite, as made by migration 0005. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Folders a person imported and folders the app exported; checkpoints are read from their runs. */
export const model = sqliteTable('model', {
  id: text('id').primaryKey(),
  kind: text('kind', { enum: ['imported', 'export'] }).notNull(),
  name: text('name').notNull(),
  path: text('path').notNull(),
  /** Node id of the model it was exported from. */
  parent: text('parent'),
  /** full, merged or adapter for an export. */
  format: text('format'),
  hash: text('hash'),
  params: integer('params'),
  bytes: integer('bytes').notNull(),
  /** The app wrote these files and may delete them. */
  isOwned: integer('is_owned', { mode: 'boolean' }).notNull().default(false),
  isAdapter: integer('is_adapter', { mode: 'boolean' }).notNull().default(false),
  /** The import check, as JSON. */
  report: text('report').notNull(),
  createdAt: text('created_at').notNull(),
});

/** What a person said about a model of any kind, by node id. */
export const modelNote = sqliteTable('model_note', {
  model: text('model').primaryKey(),
  name: text('name'),
  note: text('note').notNull().default(''),
  isPinned: integer('is_pinned', { mode: 'boolean' }).notNull().default(false),
});

/** `default` or a run id -> policy as JSON. */
export const retentionPolicy = sqliteTable('retention_policy', {
  scope: text('scope').primaryKey(),
  policy: text('policy').notNull(),
  updatedAt: text('updated_at').notNull(),
});
