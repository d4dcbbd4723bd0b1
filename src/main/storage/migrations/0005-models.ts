/** Tables of the models room: imported folders and exports, notes on any model, retention policies. */
import type { Migration } from '../migrate.ts';

export const modelsTables: Migration = {
  id: 5,
  name: 'models',
  up(db) {
    db.exec(`
      CREATE TABLE model (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('imported', 'export')),
        name TEXT NOT NULL,
        path TEXT NOT NULL,
        parent TEXT,
        format TEXT,
        hash TEXT,
        params INTEGER,
        bytes INTEGER NOT NULL,
        is_owned INTEGER NOT NULL DEFAULT 0,
        is_adapter INTEGER NOT NULL DEFAULT 0,
        report TEXT NOT NULL,
        created_at TEXT NOT NULL
      ) STRICT;
      CREATE INDEX model_path ON model (path);
      CREATE TABLE model_note (
        model TEXT PRIMARY KEY,
        name TEXT,
        note TEXT NOT NULL DEFAULT '',
        is_pinned INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE retention_policy (
        scope TEXT PRIMARY KEY,
        policy TEXT NOT NULL,
        updated_at TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
