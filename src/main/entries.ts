/**
 * Where the parts of this installation are, from the sources and from the bundle alike. Comes in: the
 * name of a module that is a process or a worker of its own, its path below src without the ending
 * (`engine/index`). Goes out: the file to fork or to give to `new Worker`. Every such module is in the
 * list of electron.vite.config.ts.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Type stripping runs the sources; `npm run build` writes the same tree as one bundle. */
const ENDING = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const TREE = ENDING === 'ts' ? '/src/' : '/out/main/';
const BASE = fileURLToPath(
  import.meta.url.slice(0, import.meta.url.lastIndexOf(TREE) + TREE.length),
);

/** The folder that holds package.json, resources and out. */
export const APP_ROOT = join(BASE, ENDING === 'ts' ? '..' : '../..');

/** The folder of the built window. */
export const RENDERER_FOLDER = join(APP_ROOT, 'out/renderer');

/** @returns the absolute path of a process or worker module. */
export function entryPath(name: string): string {
  return `${BASE}${name}.${ENDING}`;
}
