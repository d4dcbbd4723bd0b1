/**
 * Makes a folder and those above it, one after the other. Node's own `recursive` mkdir never returns
 * where a parent says "no such file" to everything, as /proc does.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** @throws the operating system's error for the first folder that cannot be made */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  while (!statSync(at, { throwIfNoEntry: false })) {
    missing.unshift(at);
    at = dirname(at);
  }
  for (const folder of missing) makeOne(folder);
  // A file of that name is in the way: the system's own words for it.
  if (!statSync(path).isDirectory()) mkdirSync(path);
}

/** Another process may be making the same folder. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (thrown) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw thrown;
  }
}
