/**
 * Files that appear whole or not at all: written under a temporary name beside the target, flushed to
 * disk, then renamed over it. A crash leaves the old file (or none), never half of a new one.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { makeFolder } from './make-folder.ts';

/**
 * Writes text or bytes to `path`, creating its folder.
 * @throws LabError `file/write-failed`.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await streamFileAtomic(path, async (handle) => {
    await handle.writeFile(data);
  });
}

/**
 * Lets `write` fill an open temporary file and puts it in place of `path` when it succeeds.
 * @throws LabError `file/write-failed`; the temporary file is removed.
 */
export async function streamFileAtomic(
  path: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    makeFolder(dirname(path));
    const handle = await open(temporary, 'wx');
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    // What could not be made cannot be removed either; the first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw failed(path, cause);
  }
}

/**
 * Lets `fill` write files into a temporary folder and renames it to `folder` when it succeeds.
 * @param options.overwrite replaces a folder that has content; without it such a folder is an error.
 * @throws LabError `file/write-failed`; the temporary folder is removed and an old one stays as it was.
 */
export async function writeFolderAtomic(
  folder: string,
  fill: (temporary: string) => Promise<void>,
  options: { readonly overwrite?: boolean | undefined } = {},
): Promise<void> {
  const entries = await readdir(folder).catch(() => undefined);
  if (entries !== undefined && entries.length > 0 && !options.overwrite) {
    throw new LabError('file/write-failed', `[folder] ${folder} exists and is not empty`, {
      hint: 'Choose another folder, or ask to overwrite it.',
    });
  }
  const temporary = temporaryBeside(folder);
  const old = temporaryBeside(folder);
  try {
    makeFolder(temporary);
    await fill(temporary);
    await syncFolder(temporary);
    // A folder with content cannot be renamed over; for a moment only the old name is free.
    if (entries !== undefined) await rename(folder, old);
    try {
      await rename(temporary, folder);
    } catch (cause) {
      if (entries !== undefined) await rename(old, folder);
      throw cause;
    }
    await syncFolder(dirname(folder));
    await rm(old, { recursive: true, force: true });
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw failed(folder, cause);
  }
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Makes the rename itself durable. Some file systems and platforms refuse to sync a folder: harmless. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

function failed(path: string, cause: unknown): LabError {
  if (cause instanceof LabError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LabError('file/write-failed', `[write] ${path}: ${reason}`, { cause });
}
