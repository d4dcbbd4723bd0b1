/**
 * A note beside everything in the trash says where it came from. When the app was killed between moving
 * a folder and committing the row, the folder goes back: a deletion happened as a whole or not at all.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { z } from 'zod';
import type { TrashRow } from '../storage/trash-rows.ts';

const NOTE = 'item.json';
const note = z.object({ source: z.string().min(1), kind: z.string(), title: z.string() });
const ID = /^[0-9a-f-]{36}$/;
/** Prefix of a folder that is being removed for good. */
export const DOOMED = '.emptied-';

export function isTrashId(id: string): boolean {
  return ID.test(id);
}

export function writeTrashNote(place: string, { source, kind, title }: TrashRow): void {
  writeFileSync(join(place, NOTE), `${JSON.stringify({ source, kind, title })}\n`);
}

/** Undoes deletions that were cut off. What it cannot place stays in the trash for the integrity check. */
export function recoverTrash(workspace: string, isKnown: (id: string) => boolean): void {
  const folder = join(workspace, 'trash');
  for (const name of namesIn(folder).filter((name) => name.startsWith(DOOMED))) {
    const id = name.slice(DOOMED.length);
    // With its row still there the emptying was cut off before it counted.
    if (isKnown(id)) renameSync(join(folder, name), join(folder, id));
    else if (ID.test(id)) rmSync(join(folder, name), { recursive: true, force: true });
  }
  for (const id of trashFolders(workspace)) {
    if (isKnown(id)) continue;
    const place = join(folder, id);
    const source = sourceOf(place);
    if (source === undefined) continue;
    const to = join(workspace, source);
    const kept = join(place, basename(source));
    if (existsSync(kept)) {
      if (existsSync(to)) continue;
      mkdirSync(dirname(to), { recursive: true });
      renameSync(kept, to);
    }
    rmSync(place, { recursive: true, force: true });
  }
}

/** Ids of the folders in the trash. */
export function trashFolders(workspace: string): string[] {
  return namesIn(join(workspace, 'trash')).filter((name) => ID.test(name));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function sourceOf(place: string): string | undefined {
  try {
    const { source } = note.parse(JSON.parse(readFileSync(join(place, NOTE), 'utf8')));
    const clean = normalize(source);
    return clean.startsWith('..') || clean.startsWith('/') ? undefined : clean;
  } catch {
    return undefined;
  }
}
