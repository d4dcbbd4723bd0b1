/**
 * A folder of pictures in, batches of rows out: `image` is the path below the folder, `label` the
 * folder it lies in, `split` the first folder where that names one. `offset` counts pictures. Folders
 * with metadata files are not read here: their metadata files are.
 */
import { dirname } from 'node:path';
import type { SourceFile } from '../../../shared/model/import.ts';
import { filesBelow, splitOf } from './folder.ts';
import type { FileBatch, FilePosition, SourceItem } from './source.ts';

export const PICTURE = /\.(?:png|jpe?g|webp|gif|avif|bmp|tiff?)$/i;

export async function* readImageFolder(
  folder: SourceFile,
  from: FilePosition,
  batchRows: number,
): AsyncGenerator<FileBatch> {
  let items: SourceItem[] = [];
  let line = 0;
  for (const file of filesBelow(folder.path)) {
    if (!PICTURE.test(file.relative)) continue;
    line++;
    if (line <= from.offset) continue;
    items.push({ kind: 'row', values: rowOf(file.relative), line });
    if (items.length < batchRows) continue;
    yield { items, next: { offset: line, line }, bytesDone: line };
    items = [];
  }
  yield { items, next: { offset: line, line }, bytesDone: line };
}

function rowOf(path: string): Record<string, unknown> {
  const folders = dirname(path) === '.' ? [] : dirname(path).split('/');
  const split = folders.length > 0 ? splitOf(folders[0] ?? '') : null;
  const label = folders.at(-1);
  const isLabel = label !== undefined && !(folders.length === 1 && split !== null);
  return {
    image: path,
    ...(isLabel ? { label } : {}),
    ...(split === null ? {} : { split }),
  };
}
