/**
 * What the rows of a training file are called. Beside every file that a view was written to stands a
 * small note with the names of its dataset and view, so that a checkpoint can still say what it was
 * trained on when both were renamed or deleted.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../files/atomic.ts';
import { readTextFile } from './read-text.ts';

const dataNote = z.object({
  dataset: z.string(),
  view: z.object({ name: z.string(), version: z.int() }).nullable(),
  hash: z.string(),
  rows: z.int(),
});
export type DataNote = z.infer<typeof dataNote>;

const MAX_NOTE_BYTES = 64 * 1024;

/** @param path the training file, `views/<hash>.jsonl` */
export async function writeDataNote(path: string, note: DataNote): Promise<void> {
  await writeFileAtomic(notePath(path), `${JSON.stringify(note)}\n`);
}

/** undefined for a file that no view was written to. */
export function readDataName(
  workspace: string,
  path: string,
): { readonly name: string; readonly hash: string | null } | undefined {
  const hash = /(?:^|[/\\])([0-9a-f]{64})\.jsonl$/.exec(path)?.[1];
  if (hash === undefined) return undefined;
  try {
    const text = readTextFile(join(workspace, 'views', `${hash}.json`), MAX_NOTE_BYTES);
    const { dataset, view } = dataNote.parse(JSON.parse(text));
    return { name: view === null ? dataset : `${dataset}, ${view.name} v${view.version}`, hash };
  } catch {
    return undefined;
  }
}

function notePath(path: string): string {
  return path.replace(/\.jsonl$/, '.json');
}
