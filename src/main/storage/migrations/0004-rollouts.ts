/** Tables of the rollouts room: watch lists, what was sent elsewhere, saved searches. */
import type { Migration } from '../migrate.ts';

export const rolloutsTables: Migration = {
  id: 4,
  name: 'rollouts',
  up(db) {
    db.exec(`
      CREATE TABLE watched_prompt (
        run TEXT NOT NULL,
        row TEXT NOT NULL,
        added_at INTEGER NOT NULL,
        PRIMARY KEY (run, row)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE sent_item (
        id TEXT PRIMARY KEY,
        target TEXT NOT NULL CHECK (target IN ('annotator', 'pair', 'golden', 'eval')),
        at INTEGER NOT NULL,
        run TEXT NOT NULL,
        step INTEGER NOT NULL,
        prompt TEXT NOT NULL,
        sample INTEGER NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        payload TEXT NOT NULL
      ) STRICT;
      CREATE INDEX sent_item_target ON sent_item (target, at);
      CREATE TABLE bug_view (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        query TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT;
    `);
  },
};
