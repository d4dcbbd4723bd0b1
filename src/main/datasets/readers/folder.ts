/**
 * Files below a folder. Comes in: a folder. Goes out: its files in a fixed order (names compared by
 * code points, files before folders), one at a time. Links out of the folder are left aside, hidden
 * files too; what was left aside can be asked for.
 */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

export interface FolderFile {
  readonly path: string;
  /** With forward slashes. */
  readonly relative: string;
}

/** Deeper folders are no data set. */
const MAX_DEPTH = 12;

/** @param onLink told of every link that leads out of the folder */
export function* filesBelow(
  root: string,
  onLink: (path: string) => void = () => {},
): Generator<FolderFile> {
  yield* walk(root, realpathSync(root), 0, onLink);
}

function* walk(
  root: string,
  real: string,
  depth: number,
  onLink: (path: string) => void,
  folder = root,
): Generator<FolderFile> {
  if (depth > MAX_DEPTH) return;
  const entries = readdirSync(folder, { withFileTypes: true }).sort(byName);
  const folders: string[] = [];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) folders.push(path);
    else if (entry.isFile()) yield { path, relative: relative(root, path).split(sep).join('/') };
    else if (entry.isSymbolicLink()) {
      if (isAllowedLink(path, real))
        yield { path, relative: relative(root, path).split(sep).join('/') };
      else onLink(path);
    }
  }
  for (const path of folders) yield* walk(root, real, depth + 1, onLink, path);
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/** A link to a file of the same folder, or of the same repository in the cache of Hugging Face Hub. */
function isAllowedLink(path: string, real: string): boolean {
  try {
    const target = realpathSync(path);
    if (!statSync(target).isFile()) return false;
    if (isInside(real, target)) return true;
    const [repository, snapshot] = real.split(`${sep}snapshots${sep}`);
    return snapshot !== undefined && dirname(target) === join(repository ?? '', 'blobs');
  } catch {
    return false;
  }
}

/** Is `path` the folder or below it? Both absolute and free of links. */
export function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

const SPLITS: readonly (readonly [RegExp, string])[] = [
  [/(^|[-_./])train(ing)?([-_./]|$)/i, 'train'],
  [/(^|[-_./])(validation|valid|val|dev)([-_./]|$)/i, 'validation'],
  [/(^|[-_./])(test|testing|eval)([-_./]|$)/i, 'test'],
];

/** The split that a path names, by the words the datasets library looks for. */
export function splitOf(path: string): string | null {
  const name = basename(path);
  for (const text of [name, path]) {
    const found = SPLITS.find(([pattern]) => pattern.test(text));
    if (found !== undefined) return found[1];
  }
  return null;
}
