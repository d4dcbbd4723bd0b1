/** What belongs to the workspace itself: its name, settings, media, trash and undo history. */
import type { Migration } from '../migrate.ts';

export const workspaceTables: Migration = {
  id: 1,
  name: 'workspace',
  up(db) {
    db.exec(`
      CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE media (
        sha256 TEXT PRIMARY KEY,
        type TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        width INTEGER,
        height INTEGER,
        seconds REAL,
        created_at TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE trash_item (
        id TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        source TEXT,
        restore_data TEXT NOT NULL,
        deleted_at TEXT NOT NULL
      ) STRICT;
      CREATE TABLE history_entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        label TEXT NOT NULL,
        undo TEXT NOT NULL,
        redo TEXT NOT NULL,
        is_undone INTEGER NOT NULL DEFAULT 0,
        merge_key TEXT,
        created_at TEXT NOT NULL
      ) STRICT;
    `);
  },
};
