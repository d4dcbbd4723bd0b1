/** Statements over `trash_item`. */
import type { Database } from './database.ts';

export interface TrashRow {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly bytes: number;
  readonly source: string | null;
  readonly restore_data: string;
  readonly deleted_at: string;
}

export function trashRows(db: Database) {
  const list = db.prepare<[], TrashRow>('SELECT * FROM trash_item ORDER BY deleted_at DESC, id');
  const get = db.prepare<[string], TrashRow>('SELECT * FROM trash_item WHERE id = ?');
  const insert = db.prepare<[TrashRow]>(
    `INSERT INTO trash_item (id, kind, title, bytes, source, restore_data, deleted_at)
     VALUES (@id, @kind, @title, @bytes, @source, @restore_data, @deleted_at)`,
  );
  const remove = db.prepare<[string]>('DELETE FROM trash_item WHERE id = ?');
  /** The row and what the room changes for it, or neither. */
  const addWith = db.transaction((row: TrashRow, also: () => void) => {
    insert.run(row);
    also();
  });
  const removeWith = db.transaction((id: string, also: () => void) => {
    remove.run(id);
    also();
  });
  return {
    list: () => list.all(),
    get: (id: string) => get.get(id),
    add: (row: TrashRow, also: () => void) => addWith(row, also),
    remove: (id: string, also: () => void) => removeWith(id, also),
  };
}
