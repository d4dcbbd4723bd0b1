/**
 * Copies of workspace.sqlite: dated files in `backups/`, or one at a path a person chose. `VACUUM INTO`
 * writes a whole and compact database while the original stays open; the copy is checked, flushed and
 * only then gets its name.
 */
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { Backup } from '../../shared/model/workspace.ts';
import { temporaryBeside, writeError } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { type Database, openDatabase, typed } from '../storage/database.ts';
import { absolutePath } from './places.ts';

/** Only names that the app gave are ever removed. */
const DATED = /^workspace-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}\.sqlite$/;
const BEFORE = /^before-v\d+-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-\d{3}\.sqlite$/;
const DAY_MS = 24 * 3600 * 1000;

export class Backups {
  readonly #db: Database;
  readonly #workspace: string;
  readonly #folder: string;
  readonly #keep: () => number;

  /** @param options.keep how many dated copies stay */
  constructor(options: {
    readonly db: Database;
    readonly workspace: string;
    readonly keep: () => number;
  }) {
    this.#db = options.db;
    this.#workspace = options.workspace;
    this.#folder = join(options.workspace, 'backups');
    this.#keep = options.keep;
  }

  /** Dated copies and those made before an upgrade, newest first. */
  list(): Backup[] {
    return listBackups(this.#workspace);
  }

  /**
   * @param path where to; default is a dated file in the workspace
   * @throws LabError `file/write-failed`; nothing is ever overwritten
   */
  async make(path?: string): Promise<Backup> {
    const target = path === undefined ? freeName(this.#folder, 'workspace') : absolutePath(path);
    copyDatabase(this.#db, target);
    if (path === undefined) this.#prune();
    return describe(target);
  }

  /** The rolling backup: makes one when the last is older than a day. @returns what went wrong, if anything did */
  makeDaily(bornAt: string): LabError | undefined {
    const isDated = ({ path }: Backup): boolean => DATED.test(basename(path));
    const last = this.list().find(isDated)?.createdAt ?? bornAt;
    if (Date.now() - Date.parse(last) < DAY_MS) return undefined;
    try {
      copyDatabase(this.#db, freeName(this.#folder, 'workspace'));
      this.#prune();
      return undefined;
    } catch (thrown) {
      // A full disk must not keep a person out of their work.
      return LabError.from(thrown);
    }
  }

  #prune(): void {
    const dated = namesIn(this.#folder)
      .filter((name) => DATED.test(name))
      .sort();
    for (const name of dated.slice(0, Math.max(0, dated.length - this.#keep()))) {
      rmSync(join(this.#folder, name), { force: true });
    }
  }
}

/** Copies in the folder of a workspace that may not be open, newest first. */
export function listBackups(workspace: string): Backup[] {
  const folder = join(workspace, 'backups');
  return namesIn(folder)
    .filter((name) => DATED.test(name) || BEFORE.test(name))
    .map((name) => describe(join(folder, name)))
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** The copy that is kept before the schema is upgraded. */
export function copyBeforeMigration(db: Database, workspace: string, version: number): void {
  copyDatabase(db, freeName(join(workspace, 'backups'), `before-v${version + 1}`));
}

function copyDatabase(db: Database, target: string): void {
  if (statSync(target, { throwIfNoEntry: false }) !== undefined) {
    throw new LabError('file/write-failed', `[backup] ${target} exists already`, {
      hint: 'Choose a name that is free: a backup overwrites nothing.',
    });
  }
  const temporary = temporaryBeside(target);
  try {
    makeFolder(dirname(target));
    typed(target, () => db.prepare('VACUUM INTO ?').run(temporary));
    assertSound(temporary);
    flush(temporary);
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw writeError(target, cause);
  }
}

function assertSound(path: string): void {
  const copy = openDatabase(path, { synchronous: 'FULL', readonly: true });
  try {
    const verdict = copy.pragma('quick_check', { simple: true });
    if (verdict === 'ok') return;
    throw new LabError('workspace/corrupt', `[backup] the copy is not sound: ${String(verdict)}`);
  } finally {
    copy.close();
  }
}

function flush(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** `<stem>-2026-11-25T18-50-23-042.sqlite`: names sort by time, to the millisecond. */
function freeName(folder: string, stem: string): string {
  for (let at = Date.now(); ; at += 1) {
    const stamp = new Date(at).toISOString().slice(0, 23).replaceAll(/[:.]/g, '-');
    const path = join(folder, `${stem}-${stamp}.sqlite`);
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return path;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function describe(path: string): Backup {
  const { size, mtime } = statSync(path);
  return { path, bytes: size, createdAt: mtime.toISOString() };
}
