/** Tables of the runs room in workspace.sqlite, as made by migration 0003. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** What a person said about a run; everything else about it is in its folder. */
export const run = sqliteTable('run', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  note: text('note').notNull().default(''),
  /** JSON list. */
  tags: text('tags').notNull().default('[]'),
  isArchived: integer('is_archived', { mode: 'boolean' }).notNull().default(false),
  /** Queue item that made it. */
  item: text('item'),
  parentRun: text('parent_run'),
  parentStep: integer('parent_step'),
  addedAt: integer('added_at').notNull(),
});

/** Plans in the order of `position`; what ended stays as history. JSON in plan, config, gate, expected, error. */
export const queueItem = sqliteTable('queue_item', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  kind: text('kind', { enum: ['train', 'eval'] }).notNull(),
  plan: text('plan').notNull(),
  config: text('config').notNull(),
  configHash: text('config_hash').notNull(),
  position: integer('position').notNull(),
  startsAt: integer('starts_at'),
  gate: text('gate'),
  onError: text('on_error', { enum: ['stop', 'continue'] }).notNull(),
  after: text('after'),
  status: text('status').notNull(),
  reason: text('reason'),
  expected: text('expected'),
  run: text('run'),
  createdAt: integer('created_at').notNull(),
  startedAt: integer('started_at'),
  endedAt: integer('ended_at'),
  error: text('error'),
});

/** Measured costs by frozen configuration. */
export const dryRun = sqliteTable('dry_run', {
  id: text('id').primaryKey(),
  at: integer('at').notNull(),
  configHash: text('config_hash').notNull(),
  report: text('report').notNull(),
});

/** Results of eval items; evaluations during a run are in its folder. */
export const evaluation = sqliteTable('evaluation', {
  id: text('id').primaryKey(),
  item: text('item'),
  run: text('run'),
  step: integer('step'),
  at: integer('at').notNull(),
  result: text('result').notNull(),
});

/** Whether the queue is going, and the room's settings; values are JSON. */
export const runState = sqliteTable('run_state', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});
