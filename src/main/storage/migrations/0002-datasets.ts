/** Tables of the datasets room: what there is, imports under way, views, tags, reports and exports. */
import type { Migration } from '../migrate.ts';

export const datasetsTables: Migration = {
  id: 2,
  name: 'datasets',
  up(db) {
    db.exec(`
      CREATE TABLE dataset (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        origin_kind TEXT NOT NULL,
        origin_format TEXT NOT NULL,
        origin_path TEXT,
        status TEXT NOT NULL,
        rows INTEGER NOT NULL DEFAULT 0,
        bad_rows INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0,
        is_held_out INTEGER NOT NULL DEFAULT 0,
        columns TEXT NOT NULL DEFAULT '[]',
        error TEXT,
        created_at TEXT NOT NULL,
        removed_at TEXT
      ) STRICT;
      CREATE TABLE import_job (
        dataset TEXT PRIMARY KEY REFERENCES dataset (id) ON DELETE CASCADE,
        request TEXT NOT NULL,
        done REAL NOT NULL DEFAULT 0,
        total REAL NOT NULL DEFAULT 0,
        started_at TEXT NOT NULL,
        ended_at TEXT
      ) STRICT;
      CREATE TABLE saved_mapping (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        mapping TEXT NOT NULL,
        created_at TEXT NOT NULL
      ) STRICT;
      CREATE TABLE view (
        id TEXT PRIMARY KEY,
        dataset TEXT NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        is_held_out INTEGER NOT NULL DEFAULT 0,
        created_at TEXT NOT NULL,
        removed_at TEXT
      ) STRICT;
      CREATE INDEX view_by_dataset ON view (dataset);
      CREATE TABLE view_version (
        view TEXT NOT NULL REFERENCES view (id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        query TEXT NOT NULL,
        row_count INTEGER NOT NULL,
        row_list BLOB NOT NULL,
        hash TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (view, version)
      ) STRICT;
      CREATE TABLE row_tag (
        dataset TEXT NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
        tag TEXT NOT NULL,
        row INTEGER NOT NULL,
        PRIMARY KEY (dataset, tag, row)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX row_tag_by_row ON row_tag (dataset, row);
      CREATE TABLE preflight_report (
        dataset TEXT PRIMARY KEY REFERENCES dataset (id) ON DELETE CASCADE,
        report TEXT NOT NULL,
        checked_at TEXT NOT NULL
      ) STRICT;
      CREATE TABLE preflight_rows (
        dataset TEXT NOT NULL REFERENCES preflight_report (dataset) ON DELETE CASCADE,
        problem TEXT NOT NULL,
        row_list BLOB NOT NULL,
        extra_rows BLOB,
        PRIMARY KEY (dataset, problem)
      ) STRICT;
      CREATE TABLE export_record (
        id TEXT PRIMARY KEY,
        dataset TEXT NOT NULL REFERENCES dataset (id) ON DELETE CASCADE,
        record TEXT NOT NULL,
        created_at TEXT NOT NULL
      ) STRICT;
    `);
  },
};
