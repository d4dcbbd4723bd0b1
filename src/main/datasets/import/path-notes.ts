/**
 * Whether the pictures that the first rows name can be found. Comes in: the source, its first rows and
 * the suggested mapping. Goes out: what to do when none of them is where it should be, told before an
 * import refuses every row for it.
 */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { Mapping } from '../../../shared/model/import.ts';
import type { OpenedSource } from '../readers/open-source.ts';
import { type SourceValues, valueAt } from './columns.ts';
import { type MediaSource, mediaSource } from './media-source.ts';
import { quoted } from './row-problem.ts';

/** Paths that are looked for. */
const LOOKED_FOR = 20;

export function pathNotes(
  source: OpenedSource,
  rows: readonly SourceValues[],
  mapping: Mapping,
): string[] {
  const paths = pathsOf(rows, mapping);
  const [first] = paths;
  if (first === undefined) return [];
  if (paths.every((path) => isAbsolute(path))) {
    return [
      `Pictures are named by absolute paths, such as ${quoted(first)}: choose the folder they lie in.`,
    ];
  }
  const folders = new Set([
    ...source.files.slice(0, 4).map(({ path }) => dirname(path)),
    source.root,
  ]);
  const isThere = (path: string): boolean =>
    [...folders].some((folder) => existsSync(resolve(folder, path)));
  if (paths.some(isThere)) return [];
  return [
    `No picture was found at ${quoted(first)} beside the data: choose the folder that its paths start at.`,
  ];
}

/** The first paths that image columns hold; bytes and data URIs need no looking for. */
function pathsOf(rows: readonly SourceValues[], mapping: Mapping): string[] {
  const found: string[] = [];
  const columns = mapping.columns.filter(({ role }) => ROLES.has(role));
  for (const row of rows) {
    for (const { column } of columns) {
      const value = valueAt(row, column);
      const list: unknown[] = Array.isArray(value) ? value : [value];
      for (const item of list) {
        const media = item === null || item === undefined ? null : tried(item);
        if (media?.kind === 'path') found.push(media.path);
      }
    }
    if (found.length >= LOOKED_FOR) break;
  }
  return found;
}

const ROLES: ReadonlySet<string> = new Set(['image', 'images', 'frames', 'videos', 'audios']);

function tried(value: unknown): MediaSource | null {
  try {
    return mediaSource(value, 'image');
  } catch {
    // The preview says what is wrong with it.
    return null;
  }
}
