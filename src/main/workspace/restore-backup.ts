/**
 * A backup takes the place of workspace.sqlite, also of one that can no longer be opened. The file that
 * was there moves into `backups/replaced-<time>/`: nothing is lost, and the way back stays open.
 */
import { copyFileSync, existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { placeFileAtomic, writeError } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { openDatabase, typed } from '../storage/database.ts';
import { lockWorkspace } from '../storage/workspace-lock.ts';
import { absolutePath } from './places.ts';
import { assertOurs, assertWorkspaceFolder } from './workspace.ts';

/**
 * @param workspace folder of a workspace that nobody has open
 * @param backup a file as `Backups` makes them
 * @returns the folder that now holds the replaced files
 * @throws LabError `file/missing`, `workspace/invalid`, `workspace/corrupt`, `workspace/locked`, `file/write-failed`
 */
export async function restoreBackup(workspace: string, backup: string): Promise<string> {
  const source = absolutePath(backup);
  assertSound(source);
  assertWorkspaceFolder(workspace);
  const lock = lockWorkspace(workspace);
  try {
    const stamp = new Date().toISOString().slice(0, 23).replaceAll(/[:.]/g, '-');
    const aside = join(workspace, 'backups', `replaced-${stamp}`);
    const file = join(workspace, 'workspace.sqlite');
    const moved: string[] = [];
    try {
      makeFolder(aside);
      for (const name of ['workspace.sqlite', 'workspace.sqlite-wal', 'workspace.sqlite-shm']) {
        if (!existsSync(join(workspace, name))) continue;
        renameSync(join(workspace, name), join(aside, name));
        moved.push(name);
      }
      await placeFileAtomic(file, async (_handle, temporary) => copyFileSync(source, temporary));
    } catch (cause) {
      for (const name of moved) renameSync(join(aside, name), join(workspace, name));
      throw writeError(file, cause);
    }
    return aside;
  } finally {
    lock.release();
  }
}

function assertSound(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new LabError('file/missing', `[backup] no file at ${path}`);
  }
  assertOurs(path);
  const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
  try {
    const verdict = typed(path, () => db.pragma('quick_check', { simple: true }));
    const hasMeta = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'meta'").get();
    if (verdict === 'ok' && hasMeta !== undefined) return;
    throw new LabError('workspace/corrupt', `[backup] ${path} is no sound backup of a workspace`, {
      hint: 'Choose an older one.',
    });
  } finally {
    db.close();
  }
}
