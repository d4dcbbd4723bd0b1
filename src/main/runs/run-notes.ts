/**
 * What a person said about runs: names, notes, tags, archive; and which run a run began from. Rows of
 * workspace.sqlite; a run without a row has its id as name.
 */
import type { Database } from '../storage/database.ts';

export interface RunNote {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly tags: readonly string[];
  readonly isArchived: boolean;
  readonly item: string | null;
  readonly parent: { readonly run: string; readonly step: number } | null;
}

export type RunNoteChange = Partial<Omit<RunNote, 'id'>>;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly note: string;
  readonly tags: string;
  readonly is_archived: number;
  readonly item: string | null;
  readonly parent_run: string | null;
  readonly parent_step: number | null;
}

export class RunNotes {
  readonly #all;
  readonly #get;
  readonly #put;
  readonly #remove;

  constructor(db: Database) {
    this.#all = db.prepare<[], Row>('SELECT * FROM run');
    this.#get = db.prepare<[string], Row>('SELECT * FROM run WHERE id = ?');
    this.#put = db.prepare<[Row & { added_at: number }]>(
      `INSERT INTO run (id, name, note, tags, is_archived, item, parent_run, parent_step, added_at)
       VALUES (@id, @name, @note, @tags, @is_archived, @item, @parent_run, @parent_step, @added_at)
       ON CONFLICT (id) DO UPDATE SET name = @name, note = @note, tags = @tags,
         is_archived = @is_archived, item = @item, parent_run = @parent_run,
         parent_step = @parent_step`,
    );
    this.#remove = db.prepare<[string]>('DELETE FROM run WHERE id = ?');
  }

  all(): Map<string, RunNote> {
    return new Map(this.#all.all().map((row) => [row.id, fromRow(row)]));
  }

  get(id: string): RunNote {
    const row = this.#get.get(id);
    return row === undefined ? emptyNote(id) : fromRow(row);
  }

  change(id: string, change: RunNoteChange): RunNote {
    const note = { ...this.get(id), ...change };
    this.#put.run({
      id,
      name: note.name,
      note: note.note,
      tags: JSON.stringify(note.tags),
      is_archived: note.isArchived ? 1 : 0,
      item: note.item,
      parent_run: note.parent?.run ?? null,
      parent_step: note.parent?.step ?? null,
      added_at: Date.now(),
    });
    return note;
  }

  remove(id: string): void {
    this.#remove.run(id);
  }
}

export function emptyNote(id: string): RunNote {
  return { id, name: id, note: '', tags: [], isArchived: false, item: null, parent: null };
}

function fromRow(row: Row): RunNote {
  return {
    id: row.id,
    name: row.name,
    note: row.note,
    // Written by `change` above.
    tags: JSON.parse(row.tags) as string[],
    isArchived: row.is_archived === 1,
    item: row.item,
    parent: row.parent_run === null ? null : { run: row.parent_run, step: row.parent_step ?? 0 },
  };
}
