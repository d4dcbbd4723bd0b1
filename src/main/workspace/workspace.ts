/**
 * One open workspace: a folder comes in, its lock and its database go out. A folder that holds
 * something else is refused before anything is written to it.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { WorkspaceInfo } from '../../shared/model/workspace.ts';
import { writeError } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { type Database, openDatabase, typed } from '../storage/database.ts';
import { type KeyValues, keyValues } from '../storage/key-values.ts';
import { migrate, schemaVersion } from '../storage/migrate.ts';
import { migrations } from '../storage/migrations/index.ts';
import { lockWorkspace, type WorkspaceLock } from '../storage/workspace-lock.ts';
import { copyBeforeMigration, listBackups } from './backups.ts';
import { absolutePath, WORKSPACE_ENTRIES } from './places.ts';

/** 'RATI': marks the database as ours in the file's own header. */
const APPLICATION_ID = 0x52_41_54_49;

export interface WorkspaceOptions {
  /** Absolute, or starting with ~. */
  readonly path: string;
  /** `open` wants a workspace there, `create` wants none; without it either is fine. */
  readonly intent?: 'open' | 'create' | undefined;
  /** Of a new one; default is the folder's name. */
  readonly name?: string | undefined;
}

export class Workspace {
  readonly path: string;
  readonly db: Database;
  readonly #lock: WorkspaceLock;
  readonly #meta: KeyValues;

  private constructor(path: string, db: Database, lock: WorkspaceLock) {
    this.path = path;
    this.db = db;
    this.#lock = lock;
    this.#meta = keyValues(db, 'meta');
  }

  /** @throws LabError `workspace/locked`, `workspace/invalid`, `workspace/corrupt`, `file/write-failed` */
  static open(options: WorkspaceOptions): Workspace {
    const path = usableFolder(absolutePath(options.path), options.intent);
    const lock = lockWorkspace(path);
    try {
      const file = join(path, 'workspace.sqlite');
      assertOurs(file);
      const db = openDatabase(file, { synchronous: 'FULL' });
      try {
        return typed(file, () => {
          migrate(db, migrations, {
            what: 'workspace.sqlite',
            keepCopy: (version) => copyBeforeMigration(db, path, version),
          });
          const workspace = new Workspace(path, db, lock);
          workspace.#christen(options.name ?? basename(path));
          return workspace;
        });
      } catch (thrown) {
        db.close();
        throw thrown;
      }
    } catch (thrown) {
      lock.release();
      throw withWayOut(thrown, path);
    }
  }

  get name(): string {
    return this.#meta.get('name') ?? basename(this.path);
  }

  info(): WorkspaceInfo {
    return {
      id: this.#meta.get('id') ?? '',
      name: this.name,
      path: this.path,
      createdAt: this.#meta.get('createdAt') ?? '',
      bytes: this.#sizes().reduce((sum, { size }) => sum + size, 0),
      schema: schemaVersion(this.db),
      savedAt: this.savedAt(),
    };
  }

  /** Whether a path, as a person types it, leads to this workspace. */
  isAt(path: string): boolean {
    const there = absolutePath(path);
    return existsSync(there) && realpathSync(there) === this.path;
  }

  rename(name: string): void {
    this.#meta.set([['name', name]]);
  }

  /** When the last commit reached the disk: commits are appended to the write-ahead log. */
  savedAt(): string | null {
    const times = this.#sizes().map(({ mtimeMs }) => mtimeMs);
    return times.length === 0 ? null : new Date(Math.max(...times)).toISOString();
  }

  /** The database and its write-ahead log. */
  #sizes(): Stats[] {
    return ['workspace.sqlite', 'workspace.sqlite-wal'].flatMap(
      (name) => statSync(join(this.path, name), { throwIfNoEntry: false }) ?? [],
    );
  }

  /** Lets the workspace go; another process may open it now. */
  dispose(): void {
    this.db.close();
    this.#lock.release();
  }

  #christen(name: string): void {
    if (this.#meta.get('id') !== undefined) return;
    this.db.pragma(`application_id = ${APPLICATION_ID}`);
    this.#meta.set([
      ['id', randomUUID()],
      ['name', name],
      ['createdAt', new Date().toISOString()],
    ]);
  }
}

/** The folder in its one true spelling, made when it may be made. */
function usableFolder(path: string, intent: 'open' | 'create' | undefined): string {
  const info = statSync(path, { throwIfNoEntry: false });
  if (info === undefined) {
    if (intent === 'open') throw invalid(`no folder at ${path}`, 'Check the path.');
    try {
      makeFolder(path);
    } catch (cause) {
      throw writeError(path, cause);
    }
    return realpathSync(path);
  }
  if (!info.isDirectory()) throw invalid(`${path} is a file, expected a folder`, 'Name a folder.');
  const isWorkspace = existsSync(join(path, 'workspace.sqlite'));
  if (isWorkspace && intent === 'create') {
    throw invalid(`${path} is a workspace already`, 'Open it, or choose another folder.');
  }
  if (!isWorkspace) assertEmpty(path, intent);
  return realpathSync(path);
}

/** A folder whose database may be damaged or gone, but that holds nothing of anybody else. */
export function assertWorkspaceFolder(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw invalid(`no folder at ${path}`, 'Check the path.');
  }
  if (!existsSync(join(path, 'workspace.sqlite'))) assertEmpty(path, 'create');
}

function assertEmpty(path: string, intent: 'open' | 'create' | undefined): void {
  const foreign = entriesOf(path).filter((name) => !WORKSPACE_ENTRIES.has(name));
  if (foreign.length > 0) {
    throw invalid(
      `${path} is no workspace and holds ${foreign.length} other things, such as ${foreign[0]}`,
      'Choose an empty folder or a new name; nothing was changed.',
    );
  }
  if (intent === 'open') throw invalid(`${path} is no workspace`, 'Create one there instead.');
}

function entriesOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (cause) {
    throw invalid(`${path} cannot be read: ${String(cause)}`, 'Check the permissions.', cause);
  }
}

/** Looked at without write access: a file that is not ours, or newer, keeps every byte. */
export function assertOurs(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  const db = openDatabase(file, { synchronous: 'FULL', readonly: true });
  try {
    typed(file, () => {
      const id = Number(db.pragma('application_id', { simple: true }));
      const version = schemaVersion(db);
      const tables = db.prepare('SELECT count(*) AS n FROM sqlite_master').get() as { n: number }; // one row, one number
      if (id !== APPLICATION_ID && tables.n > 0 && !(id === 0 && isHalfMade(db))) {
        throw invalid(`${file} was written by another program`, 'Choose another folder.');
      }
      if (version > migrations.length) migrate(db, migrations, { what: 'workspace.sqlite' });
    });
  } finally {
    db.close();
  }
}

/** A workspace whose making was cut off between its tables and its name. */
function isHalfMade(db: Database): boolean {
  const table = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'");
  if (table.get() === undefined) return false;
  return db.prepare('SELECT 1 FROM meta LIMIT 1').get() === undefined;
}

/** A damaged workspace is the one moment when a person needs to know where the backups are. */
function withWayOut(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof LabError) || thrown.code !== 'workspace/corrupt') return thrown;
  const newest = listBackups(path)[0]?.path;
  const hint =
    newest === undefined
      ? 'There is no backup in it; a copy of workspace.sqlite may lie where you keep yours.'
      : `The newest backup is ${newest}: open another workspace and restore it in Settings.`;
  return new LabError(thrown.code, thrown.message, {
    hint,
    details: thrown.details,
    cause: thrown,
  });
}

function invalid(message: string, hint: string, cause?: unknown): LabError {
  return new LabError('workspace/invalid', `[workspace] ${message}`, { hint, cause });
}
