/**
 * Edits of runs that can be taken back: names, notes, tags, archive, and removing to the trash. Comes
 * in: a run and a change. Goes out: rows changed, with an entry in the history of the workspace.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { JsonObject } from '../../shared/json.ts';
import type { History } from '../workspace/history.ts';
import type { Trash } from '../workspace/trash.ts';
import type { RunNote, RunNoteChange, RunNotes } from './run-notes.ts';

export interface RunTrashOptions {
  readonly trash: Trash;
  readonly history: History;
  readonly notes: RunNotes;
  readonly runsFolder: string;
  onChange(run: string): void;
}

const KIND = 'run';
const ANNOTATE = 'runs/annotate';

const noteData = z.object({
  id: z.string(),
  name: z.string(),
  note: z.string(),
  tags: z.array(z.string()),
  isArchived: z.boolean(),
  item: z.string().nullable(),
  parent: z.object({ run: z.string(), step: z.int() }).nullable(),
});

export class RunTrash {
  readonly #options: RunTrashOptions;

  constructor(options: RunTrashOptions) {
    this.#options = options;
    options.history.define(ANNOTATE, (data) => this.#put(data));
    options.trash.define(KIND, {
      restore: (data) => this.#put(data),
      remove: (data) => this.remove(noteData.parse(data).id),
    });
  }

  annotate(run: string, change: RunNoteChange): void {
    const { notes, history } = this.#options;
    const before = notes.get(run);
    const after = notes.change(run, change);
    const field = Object.keys(change)[0] ?? 'note';
    history.record({
      label: `${labelOf(change)} ${before.name}`,
      undo: { kind: ANNOTATE, data: dataOf(before) },
      redo: { kind: ANNOTATE, data: dataOf(after) },
      mergeKey: `${ANNOTATE}/${run}/${field}`,
    });
  }

  async remove(run: string): Promise<void> {
    const { trash, notes, runsFolder, onChange } = this.#options;
    const note = notes.get(run);
    await trash.add({
      kind: KIND,
      title: note.name,
      from: join(runsFolder, run),
      restore: dataOf(note),
      commit: () => notes.remove(run),
    });
    onChange(run);
  }

  #put(data: JsonObject): void {
    const { id, ...note } = noteData.parse(data);
    this.#options.notes.change(id, note);
    this.#options.onChange(id);
  }
}

function dataOf(note: RunNote): JsonObject {
  return { ...note, tags: [...note.tags] };
}

function labelOf(change: RunNoteChange): string {
  if (change.name !== undefined) return 'rename';
  if (change.tags !== undefined) return 'tag';
  if (change.isArchived !== undefined) return change.isArchived ? 'archive' : 'unarchive';
  return 'edit the note of';
}
