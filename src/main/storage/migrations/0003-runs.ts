/** Tables of the runs room: what a person said about runs, the queue, dry runs, evaluations. */
import type { Migration } from '../migrate.ts';

export const runsTables: Migration = {
  id: 3,
  name: 'runs',
  up(db) {
    db.exec(`
      CREATE TABLE run (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        tags TEXT NOT NULL DEFAULT '[]',
        is_archived INTEGER NOT NULL DEFAULT 0,
        item TEXT,
        parent_run TEXT,
        parent_step INTEGER,
        added_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE queue_item (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('train', 'eval')),
        plan TEXT NOT NULL,
        config TEXT NOT NULL,
        config_hash TEXT NOT NULL,
        position INTEGER NOT NULL,
        starts_at INTEGER,
        gate TEXT,
        on_error TEXT NOT NULL CHECK (on_error IN ('stop', 'continue')),
        after TEXT,
        status TEXT NOT NULL,
        reason TEXT,
        expected TEXT,
        run TEXT,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        error TEXT
      ) STRICT;
      CREATE INDEX queue_item_position ON queue_item (position);
      CREATE TABLE dry_run (
        id TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        config_hash TEXT NOT NULL,
        report TEXT NOT NULL
      ) STRICT;
      CREATE INDEX dry_run_hash ON dry_run (config_hash);
      CREATE TABLE evaluation (
        id TEXT PRIMARY KEY,
        item TEXT,
        run TEXT,
        step INTEGER,
        at INTEGER NOT NULL,
        result TEXT NOT NULL
      ) STRICT;
      CREATE INDEX evaluation_run ON evaluation (run, step);
      CREATE TABLE run_state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    `);
  },
};
