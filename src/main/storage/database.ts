/**
 * The only place that opens SQLite files. A path comes in, a better-sqlite3 handle in WAL mode with
 * foreign keys on goes out. What SQLite says about a damaged, foreign or locked file becomes a typed
 * error that names the file.
 */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { type ErrorCode, LabError } from '../../shared/errors.ts';
import { makeFolder } from '../files/make-folder.ts';

/** A raw handle: prepared statements, pragmas and transactions. */
export type Database = BetterSqlite3.Database;
/** A prepared statement of a {@link Database}. */
export type Statement = BetterSqlite3.Statement;

export interface DatabaseOptions {
  /** FULL for what a person typed: a commit survives a power cut. NORMAL for what can be derived again. */
  readonly synchronous: 'FULL' | 'NORMAL';
  /** The file must be there; nothing is written to it. */
  readonly readonly?: boolean;
}

/** How long a statement waits for another connection before SQLITE_BUSY. */
const BUSY_MS = 5000;

/**
 * Opens a database file, making it and its folder when it is not there.
 * @throws LabError `file/missing` (readonly), `workspace/corrupt`, `workspace/locked`, `file/write-failed`
 */
export function openDatabase(path: string, options: DatabaseOptions): Database {
  const readonly = options.readonly ?? false;
  if (readonly && path !== ':memory:' && !existsSync(path)) {
    throw new LabError('file/missing', `[database] no file at ${path}`);
  }
  return typed(path, () => {
    if (!readonly && path !== ':memory:') makeFolder(dirname(path));
    const db = new BetterSqlite3(path, { readonly, timeout: BUSY_MS });
    try {
      if (!readonly) db.pragma('journal_mode = WAL');
      db.pragma(`synchronous = ${options.synchronous}`);
      db.pragma('foreign_keys = ON');
      // The header is read here and not at the first query, where nobody expects a damaged file.
      db.pragma('schema_version');
      return db;
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

/** Runs `work` on a database file; what SQLite throws becomes a LabError that names the file. */
export function typed<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw storageError(path, thrown);
  }
}

/** What SQLite or the file system threw about a database file, as a LabError. */
export function storageError(path: string, thrown: unknown): LabError {
  if (thrown instanceof LabError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = codeOf('code' in error ? String(error.code) : '');
  if (code === undefined) return LabError.from(error);
  return new LabError(code, `[database] ${basename(path)}: ${error.message}`, {
    cause: error,
    details: { path },
  });
}

function codeOf(sqlite: string): ErrorCode | undefined {
  if (/^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(sqlite)) return 'workspace/corrupt';
  if (/^SQLITE_(BUSY|LOCKED)/.test(sqlite)) return 'workspace/locked';
  if (/^SQLITE_(READONLY|FULL|IOERR|CANTOPEN|PERM)|^E[A-Z]+$/.test(sqlite)) {
    return 'file/write-failed';
  }
  return undefined;
}
