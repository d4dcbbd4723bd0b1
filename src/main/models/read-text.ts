/** Small files of a folder somebody else may have written: regular files within a limit, as text. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { LabError } from '../../shared/errors.ts';

/** @throws LabError `file/missing`, `file/unsafe` (no regular file, or larger than `limit` bytes) */
export function readTextFile(path: string, limit: number): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new LabError('file/missing', `[read] no file at ${path}`, { cause });
  }
  try {
    const info = fstatSync(file);
    if (!info.isFile() || info.size > limit) {
      const found = info.isFile() ? `${info.size} bytes` : 'no regular file';
      throw new LabError('file/unsafe', `[read] ${path}: at most ${limit} bytes, got ${found}`);
    }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
