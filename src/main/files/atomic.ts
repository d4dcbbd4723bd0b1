/**
 * Files that appear whole or not at all: content goes to a temporary name beside the target, is flushed
 * to disk and renamed over it. A crash leaves the old file (or none), never half of a new one.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { makeFolder } from './make-folder.ts';

/** @throws LabError `file/write-failed`; what was there stays as it was. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await placeFileAtomic(path, (handle) => handle.writeFile(data));
}

/**
 * Lets `fill` write a temporary file (by handle, or by its path) and puts it in place of `path`.
 * @throws LabError `file/write-failed`; the temporary file is removed.
 */
export async function placeFileAtomic(
  path: string,
  fill: (handle: FileHandle, temporary: string) => Promise<unknown>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    makeFolder(dirname(path));
    const handle = await open(temporary, 'wx');
    try {
      await fill(handle, temporary);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    // What could not be made cannot be removed either; the first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(path, cause);
  }
}

/** A name in the same folder, so that the rename stays on one drive. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Makes a rename durable. Some file systems and platforms refuse to sync a folder: harmless. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

/** What the system said about a file that could not be written, as a LabError that names the file. */
export function writeError(path: string, cause: unknown): LabError {
  if (cause instanceof LabError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LabError('file/write-failed', `[write] ${path}: ${reason}`, { cause });
}
