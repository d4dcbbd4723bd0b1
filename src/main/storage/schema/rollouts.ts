/** Tables of the rollouts room in workspace.sqlite, as made by migration 0004. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Rows of the data that a person follows through a run. */
export const watchedPrompt = sqliteTable(
  'watched_prompt',
  {
    run: text('run').notNull(),
    row: text('row').notNull(),
    addedAt: integer('added_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.row] })],
);

/** Completions sent to another room, whole: the payload needs neither the run nor its files. */
export const sentItem = sqliteTable('sent_item', {
  id: text('id').primaryKey(),
  target: text('target', { enum: ['annotator', 'pair', 'golden', 'eval'] }).notNull(),
  at: integer('at').notNull(),
  run: text('run').notNull(),
  step: integer('step').notNull(),
  prompt: text('prompt').notNull(),
  sample: integer('sample').notNull(),
  note: text('note').notNull().default(''),
  payload: text('payload').notNull(),
});

/** A search somebody saved; `query` is JSON. */
export const bugView = sqliteTable('bug_view', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  query: text('query').notNull(),
  createdAt: integer('created_at').notNull(),
});
