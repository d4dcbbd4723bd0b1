/**
 * Files named by other files: a folder and a name out of untrusted JSON come in, a real path inside
 * that folder goes out. Traversal, absolute names and links that lead outside are refused; the one
 * exception is the Hugging Face cache, whose snapshots link to `blobs` of the same repository.
 */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { LabError } from '../../shared/errors.ts';

/**
 * @param name a bare file name, no folders.
 * @throws LabError `file/unsafe` for a name or link that leaves the folder, `file/missing` if absent.
 */
export function fileInFolder(folder: string, name: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/.test(name)) {
    throw new LabError(
      'file/unsafe',
      `[folder] expected a plain file name inside ${folder}, got ${JSON.stringify(name.slice(0, 200))}`,
    );
  }
  const path = join(folder, name);
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) throw new LabError('file/missing', `[folder] ${folder} has no file ${name}`);
  if (!info.isFile()) throw new LabError('file/unsafe', `[folder] ${path} is not a regular file`);
  const root = realpathSync(folder);
  const real = realpathSync(path);
  if (real.startsWith(root + sep) || real.startsWith(`${cacheBlobs(root)}${sep}`)) return real;
  throw new LabError('file/unsafe', `[folder] ${path} is a link that leads outside its folder`, {
    hint: 'Copy the file into the folder instead of linking it.',
    details: { target: real },
  });
}

/** Path of an optional file, or undefined where there is none; links are checked as in {@link fileInFolder}. */
export function optionalFileInFolder(folder: string, name: string): string | undefined {
  const info = statSync(join(folder, name), { throwIfNoEntry: false });
  return info ? fileInFolder(folder, name) : undefined;
}

/** @throws LabError `file/missing` when the folder is absent or is no folder. */
export function checkFolder(folder: string): void {
  const info = statSync(folder, { throwIfNoEntry: false });
  if (!info?.isDirectory()) {
    throw new LabError('file/missing', `[folder] expected a folder at ${folder}, found none`);
  }
}

function cacheBlobs(root: string): string {
  const snapshots = dirname(root);
  // An impossible path elsewhere, so that nothing outside matches.
  return basename(snapshots) === 'snapshots' ? join(dirname(snapshots), 'blobs') : join(root, '.');
}
