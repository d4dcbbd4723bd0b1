/**
 * One process per workspace. A folder comes in; while the lock is held, `lock.sqlite` is under an
 * exclusive transaction, which the system ends with the process however it ends. `lock.json` only tells
 * a person who holds it.
 *
 * NOTE: nothing else may open lock.sqlite by file functions: on POSIX, closing any descriptor of a file
 * drops the locks of the whole process.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { storageError } from './database.ts';

const holderFile = z.object({ pid: z.int(), host: z.string(), since: z.string() });

export interface WorkspaceLock {
  release(): void;
}

/** @throws LabError `workspace/locked` naming the holder; `file/write-failed` */
export function lockWorkspace(folder: string): WorkspaceLock {
  const path = join(folder, 'lock.sqlite');
  const note = join(folder, 'lock.json');
  const db = takeExclusive(path, note);
  try {
    const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    writeFileSync(note, `${JSON.stringify(holder)}\n`);
  } catch (thrown) {
    db.close();
    throw storageError(note, thrown);
  }
  let isHeld = true;
  return {
    release() {
      if (!isHeld) return;
      isHeld = false;
      rmSync(note, { force: true });
      db.close();
    },
  };
}

function takeExclusive(path: string, note: string): BetterSqlite3.Database {
  let db: BetterSqlite3.Database | undefined;
  try {
    // Whoever holds it holds it for hours: waiting would only delay the answer.
    db = new BetterSqlite3(path, { timeout: 0 });
    // Nothing is ever written, so no journal needs to lie beside it.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (thrown) {
    db?.close();
    const error = storageError(path, thrown);
    throw error.code === 'workspace/locked' ? lockedBy(note) : error;
  }
}

function lockedBy(note: string): LabError {
  const holder = holderOf(note);
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} on ${holder.host} since ${holder.since}`;
  return new LabError('workspace/locked', `[workspace] it is open in ${who}`, {
    details: { ...holder },
  });
}

function holderOf(note: string): z.infer<typeof holderFile> | undefined {
  try {
    return holderFile.parse(JSON.parse(readFileSync(note, 'utf8')));
  } catch {
    return undefined;
  }
}
