/**
 * index.sqlite: what can be read again from the run folders. A workspace folder comes in, a handle with
 * today's tables goes out; a file of another version or a damaged one is deleted and made anew, and the
 * ingest then fills it from the folders.
 */
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type Database, openDatabase } from './database.ts';

/** Raised with every change of the tables below or of what is stored in their blobs. */
const VERSION = 3;

const TABLES = `
  CREATE TABLE run (
    rid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL,
    created_at REAL NOT NULL,
    metrics_offset INTEGER NOT NULL DEFAULT 0,
    events_offset INTEGER NOT NULL DEFAULT 0,
    lab_offset INTEGER NOT NULL DEFAULT 0,
    step INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    steps INTEGER,
    started_at REAL,
    -- Newest event that says where the run stands, its time and what it carried.
    end_kind TEXT,
    end_at REAL,
    end_data TEXT,
    -- Sums behind the axes, as of the last step.
    active_ms REAL NOT NULL DEFAULT 0,
    last_at REAL,
    tokens REAL NOT NULL DEFAULT 0,
    samples REAL NOT NULL DEFAULT 0,
    -- Seconds and tokens of recent steps, as JSON, for rates.
    recent TEXT NOT NULL DEFAULT '[]'
  ) STRICT;
  CREATE TABLE series (
    sid INTEGER PRIMARY KEY,
    rid INTEGER NOT NULL,
    metric TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_step INTEGER NOT NULL,
    last REAL,
    min REAL,
    max REAL,
    UNIQUE (rid, metric)
  ) STRICT;
  CREATE TABLE chunk (
    sid INTEGER NOT NULL,
    level INTEGER NOT NULL,
    no INTEGER NOT NULL,
    first_step INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (sid, level, no)
  ) STRICT;
  CREATE TABLE event (
    rid INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at REAL NOT NULL,
    step INTEGER,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (rid, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE evaluation (
    rid INTEGER NOT NULL,
    step INTEGER NOT NULL,
    mtime REAL NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (rid, step)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rollout_file (
    rid INTEGER NOT NULL,
    step INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    mtime REAL NOT NULL,
    PRIMARY KEY (rid, step)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rollout_group (
    rid INTEGER NOT NULL,
    step INTEGER NOT NULL,
    place INTEGER NOT NULL,
    prompt TEXT NOT NULL,
    row TEXT NOT NULL,
    question TEXT NOT NULL,
    task TEXT,
    difficulty REAL,
    world TEXT,
    images TEXT NOT NULL,
    target TEXT,
    size INTEGER NOT NULL,
    right INTEGER,
    unique_answers INTEGER NOT NULL,
    truncated INTEGER NOT NULL,
    reward_mean REAL,
    reward_std REAL,
    is_silent INTEGER NOT NULL,
    tokens_mean REAL NOT NULL,
    PRIMARY KEY (rid, step, prompt)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rollout_group_row ON rollout_group (rid, row, step);
  CREATE TABLE rollout (
    oid INTEGER PRIMARY KEY,
    rid INTEGER NOT NULL,
    step INTEGER NOT NULL,
    prompt TEXT NOT NULL,
    sample INTEGER NOT NULL,
    text TEXT NOT NULL,
    reward REAL,
    advantage REAL,
    finish TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    extracted TEXT,
    is_right INTEGER,
    is_copied INTEGER NOT NULL,
    terms TEXT NOT NULL,
    mean_logprob REAL,
    mean_entropy REAL,
    -- Where its line lies in the rollout file of the step.
    start INTEGER NOT NULL,
    length INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX rollout_place ON rollout (rid, step, prompt, sample);
  CREATE VIRTUAL TABLE rollout_text USING fts5 (
    text, content = 'rollout', content_rowid = 'oid', tokenize = 'unicode61', prefix = '2 3'
  );
`;

/** @returns an index that fits this version; empty when it had to be made anew. */
export function openIndex(path: string): Database {
  const found = openExisting(path);
  if (found !== undefined) return found;
  for (const suffix of ['', '-wal', '-shm', '.damaged'])
    rmSync(`${path}${suffix}`, { force: true });
  const db = openDatabase(path, { synchronous: 'NORMAL' });
  db.transaction(() => {
    db.exec(TABLES);
    db.pragma(`user_version = ${VERSION}`);
  })();
  return db;
}

/** A large index is not read through at every start: whoever meets damage says so for the next one. */
export function doubtIndex(path: string): void {
  writeFileSync(doubtsOf(path), '');
}

function doubtsOf(path: string): string {
  return `${path}.damaged`;
}

/** Checked page by page up to here; of larger files only the length. */
const CHECKED_BYTES = 32 << 20;

function isWhole(db: Database, path: string): boolean {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes <= CHECKED_BYTES) return db.pragma('quick_check(1)', { simple: true }) === 'ok';
  // What a log holds back is not in the file yet: then it is longer once it is written.
  const pages = Number(db.pragma('page_count', { simple: true }));
  const size = Number(db.pragma('page_size', { simple: true }));
  return bytes >= pages * size || existsSync(`${path}-wal`);
}

function openExisting(path: string): Database | undefined {
  let db: Database | undefined;
  try {
    db = openDatabase(path, { synchronous: 'NORMAL' });
    const version = Number(db.pragma('user_version', { simple: true }));
    if (version === VERSION && !existsSync(doubtsOf(path)) && isWhole(db, path)) return db;
  } catch {
    // Damaged or foreign: nothing in it is worth more than a rebuild.
  }
  db?.close();
  return undefined;
}
