/**
 * The schema of a dataset's rows.sqlite. Comes in: the dataset folder. Goes out: an open database with
 * the tables below. Written by the import worker alone; everybody else opens it read-only.
 *
 * `rows` is narrow and scanned for filters and facets; `samples` is looked up by row. Both are numbered
 * from 0 without a gap, in the order of the source.
 */
import { join } from 'node:path';
import type { ColumnInfo } from '../../shared/model/dataset.ts';
import { type Database, openDatabase } from '../storage/database.ts';

export const ROWS_FILE = 'rows.sqlite';
/** Raised when a table changes; a file of another version has to be imported again. */
export const ROWS_VERSION = 1;
/** Longest prompt kept in `rows`; the whole one is in `samples`. */
export const PROMPT_CHARS = 300;

/** Columns every dataset has; the numbers continue with the source's own columns. */
export const DERIVED_COLUMNS = [
  { name: 'c0', title: 'prompt_chars', kind: 'number' },
  { name: 'c1', title: 'completion_chars', kind: 'number' },
  { name: 'c2', title: 'image_width', kind: 'number' },
  { name: 'c3', title: 'image_height', kind: 'number' },
  { name: 'c4', title: 'has_completion', kind: 'boolean' },
  { name: 'c5', title: 'task', kind: 'category' },
  { name: 'c6', title: 'difficulty', kind: 'number' },
  { name: 'c7', title: 'source_file', kind: 'category' },
] as const satisfies readonly Pick<ColumnInfo, 'name' | 'title' | 'kind'>[];

/** Most source columns that can be filtered by; further ones stay in `extra`. */
export const MAX_COLUMNS = 64;

const TABLES = `
CREATE TABLE rows (
  row INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  prompt TEXT NOT NULL,      -- first ${PROMPT_CHARS} characters of the last user turn
  answer TEXT,
  thumb TEXT,                -- sha256 of the first picture
  image_count INTEGER NOT NULL,
  ${DERIVED_COLUMNS.map(({ name, kind, title }) => `${name} ${affinityOf(kind)} -- ${title}`)
    .join(',\n  ')
    .replace(/ (-- \w+),/g, ', $1')}
);
CREATE TABLE columns (
  position INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE, -- c0, c1, ..
  title TEXT NOT NULL,       -- name in the source
  kind TEXT NOT NULL,        -- category | number | boolean | text
  role TEXT,                 -- what the mapping makes of it
  is_derived INTEGER NOT NULL
);
CREATE TABLE samples (row INTEGER PRIMARY KEY, sample TEXT NOT NULL); -- encodeSample / decodeSample
CREATE TABLE bad_rows (
  position INTEGER PRIMARY KEY,
  source INTEGER,            -- number of the row in the source, from 0, good and bad ones counted
  file TEXT NOT NULL,
  line INTEGER,              -- or row, entry, record: from 1 within the file
  reason TEXT NOT NULL,
  excerpt TEXT NOT NULL
);
CREATE TABLE media (
  sha256 TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  width INTEGER,
  height INTEGER,
  seconds REAL
) WITHOUT ROWID;
CREATE VIRTUAL TABLE search USING fts5(
  prompt, completion, answer, key,
  content='', tokenize='unicode61 remove_diacritics 2'
);                           -- rowid = row; it holds no text: show it from samples
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID; -- values are JSON
CREATE TABLE progress (id INTEGER PRIMARY KEY CHECK (id = 0), position TEXT NOT NULL);
`;

/** Keys of `meta`. `state` is `importing` or `finished`; `notes` are sentences for the person. */
export type MetaKey =
  | 'version'
  | 'state'
  | 'source'
  | 'mapping'
  | 'format'
  | 'shape'
  | 'rows'
  | 'badRows'
  | 'notes';

/** SQLite's type of a column; the values in it keep their own type where they do not fit. */
export function affinityOf(kind: ColumnInfo['kind']): 'TEXT' | 'REAL' | 'INTEGER' {
  if (kind === 'number') return 'REAL';
  return kind === 'boolean' ? 'INTEGER' : 'TEXT';
}

/** Makes an empty rows.sqlite; the folder is made when it is not there. */
export function createRowsFile(folder: string): Database {
  const db = openDatabase(join(folder, ROWS_FILE), { synchronous: 'NORMAL' });
  db.transaction(() => {
    db.exec(TABLES);
    const insert = db.prepare('INSERT INTO columns VALUES (?, ?, ?, ?, NULL, 1)');
    DERIVED_COLUMNS.forEach(({ name, title, kind }, position) => {
      insert.run(position, name, title, kind);
    });
    writeMeta(db, 'version', ROWS_VERSION);
  })();
  return db;
}

/** @throws LabError `file/missing`, `workspace/corrupt` */
export function openRowsFile(folder: string, mode: 'read' | 'write' = 'read'): Database {
  return openDatabase(join(folder, ROWS_FILE), {
    synchronous: 'NORMAL',
    readonly: mode === 'read',
  });
}

/**
 * Settings for writing many rows. A power cut may cost the file, which can be imported again; a killed
 * process costs nothing, because every batch is in the log.
 */
export function forBulk(db: Database): void {
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -65536');
  db.pragma('wal_autocheckpoint = 8000');
}

/** Everything into the one file and onto the disk: readers open it without a log beside it. */
export function closeBulk(db: Database): void {
  db.pragma('synchronous = FULL');
  db.pragma('wal_checkpoint(TRUNCATE)');
}

export function readMeta(db: Database, key: MetaKey): unknown {
  const text: unknown = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(key);
  return typeof text === 'string' ? JSON.parse(text) : undefined;
}

export function writeMeta(db: Database, key: MetaKey, value: unknown): void {
  db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(key, JSON.stringify(value));
}

/** The columns that can be filtered by, in order. */
export function readColumns(db: Database): ColumnInfo[] {
  const rows = db
    .prepare('SELECT name, title, kind, role, is_derived FROM columns ORDER BY position')
    .all();
  // Our own table: its types are those of the statement above.
  return (rows as (Omit<ColumnInfo, 'isDerived'> & { is_derived: number })[]).map(
    ({ is_derived, ...column }) => ({ ...column, isDerived: is_derived === 1 }),
  );
}
