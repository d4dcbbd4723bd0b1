/**
 * Pictures in a folder that no metadata row names. Comes in: the source, read once more (text only), and
 * the columns that name pictures. Goes out: those pictures as refused rows: what is in the folder and
 * not in the dataset has to be seen somewhere.
 */
import { dirname, join } from 'node:path';
import type { Mapping } from '../../../shared/model/import.ts';
import { filesBelow } from '../readers/folder.ts';
import { PICTURE } from '../readers/imagefolder.ts';
import type { OpenedSource } from '../readers/open-source.ts';
import { readSource } from '../readers/read-source.ts';
import { valueAt } from './columns.ts';
import type { MadeRow } from './make-rows.ts';

/** Names held in memory for the comparison. */
const MAX_NAMES = 1_000_000;

export interface Unlisted {
  readonly path: string;
  readonly row: MadeRow;
}

/** @returns null when there are too many names to compare. */
export async function findUnlisted(
  source: OpenedSource,
  mapping: Mapping,
  ordinal: number,
): Promise<Unlisted[] | null> {
  const columns = mapping.columns
    .filter(({ role }) => role === 'image' || role === 'images' || role === 'frames')
    .map(({ column }) => column);
  const listed = new Set<string>();
  for await (const batch of readSource(source)) {
    const folder = dirname(batch.file.path);
    for (const item of batch.items) {
      if (item.kind === 'bad') continue;
      for (const column of columns) {
        const value = valueAt(item.values, column);
        const names: unknown[] = Array.isArray(value) ? value : [value];
        for (const name of names) if (typeof name === 'string') listed.add(join(folder, name));
      }
    }
    if (listed.size > MAX_NAMES) return null;
  }
  const found: Unlisted[] = [];
  for (const file of filesBelow(source.root)) {
    if (!PICTURE.test(file.relative) || listed.has(file.path)) continue;
    const reason = 'no metadata row names this picture';
    const place = { line: 0, ordinal: ordinal + found.length };
    found.push({ path: file.relative, row: { kind: 'bad', reason, excerpt: '', ...place } });
  }
  return found;
}
