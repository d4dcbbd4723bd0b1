/** Tables of the workspace room in workspace.sqlite, as made by migration 0001. */
import { integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Name, id and birth of the workspace. */
export const meta = sqliteTable('meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

/** One row per setting that differs from its default; values are JSON. */
export const setting = sqliteTable('setting', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

/** What should be in media/: the truth that the integrity check compares the files with. */
export const media = sqliteTable('media', {
  sha256: text('sha256').primaryKey(),
  type: text('type').notNull(),
  bytes: integer('bytes').notNull(),
  width: integer('width'),
  height: integer('height'),
  seconds: real('seconds'),
  createdAt: text('created_at').notNull(),
});

/** A deleted thing that still lies in trash/. `restoreData` is what its room needs to bring it back. */
export const trashItem = sqliteTable('trash_item', {
  id: text('id').primaryKey(),
  kind: text('kind').notNull(),
  title: text('title').notNull(),
  bytes: integer('bytes').notNull(),
  /** Folder or file it was, relative to the workspace; null = it had no files. */
  source: text('source'),
  restoreData: text('restore_data').notNull(),
  deletedAt: text('deleted_at').notNull(),
});

/** What can be undone, in order. `isUndone` rows lie ahead of the pointer and can be redone. */
export const historyEntry = sqliteTable('history_entry', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  label: text('label').notNull(),
  undo: text('undo').notNull(),
  redo: text('redo').notNull(),
  isUndone: integer('is_undone', { mode: 'boolean' }).notNull().default(false),
  /** Gestures of one kind in a row (typing) become one entry. */
  mergeKey: text('merge_key'),
  createdAt: text('created_at').notNull(),
});
