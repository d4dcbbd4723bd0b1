/** A file or folder in, the bytes of all files in it out. Links are counted, not followed. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export async function folderBytes(path: string): Promise<number> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined) return 0;
  if (!info.isDirectory()) return info.size;
  let bytes = 0;
  for (const name of await readdir(path).catch(() => [])) {
    bytes += await folderBytes(join(path, name));
  }
  return bytes;
}
