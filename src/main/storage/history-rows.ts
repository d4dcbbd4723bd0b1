/** Statements over `history_entry`: done entries, then undone ones, in the order they were recorded. */
import type { Database } from './database.ts';

export interface HistoryRow {
  readonly id: number;
  readonly label: string;
  readonly undo: string;
  readonly redo: string;
  readonly is_undone: 0 | 1;
  readonly merge_key: string | null;
  readonly created_at: string;
}

/** Older entries are forgotten: nobody takes back so much one by one. */
const KEPT = 500;

export function historyRows(db: Database) {
  const lastDone = db.prepare<[], HistoryRow>(
    'SELECT * FROM history_entry WHERE is_undone = 0 ORDER BY id DESC LIMIT 1',
  );
  const nextUndone = db.prepare<[], HistoryRow>(
    'SELECT * FROM history_entry WHERE is_undone = 1 ORDER BY id LIMIT 1',
  );
  const list = db.prepare<[number], HistoryRow>(
    'SELECT * FROM history_entry ORDER BY id DESC LIMIT ?',
  );
  const insert = db.prepare<[Omit<HistoryRow, 'id' | 'is_undone'>]>(
    `INSERT INTO history_entry (label, undo, redo, merge_key, created_at)
     VALUES (@label, @undo, @redo, @merge_key, @created_at)`,
  );
  const dropUndone = db.prepare('DELETE FROM history_entry WHERE is_undone = 1');
  const dropOld = db.prepare<[number]>(
    'DELETE FROM history_entry WHERE id <= (SELECT max(id) FROM history_entry) - ?',
  );
  const merge = db.prepare<[string, string, number]>(
    'UPDATE history_entry SET redo = ?, created_at = ? WHERE id = ?',
  );
  const mark = db.prepare<[number, number]>('UPDATE history_entry SET is_undone = ? WHERE id = ?');
  const remove = db.prepare<[number]>('DELETE FROM history_entry WHERE id = ?');
  const addLast = db.transaction((row: Omit<HistoryRow, 'id' | 'is_undone'>) => {
    dropUndone.run();
    insert.run(row);
    dropOld.run(KEPT);
  });
  const mergeRedo = db.transaction((id: number, redo: string, at: string) => {
    dropUndone.run();
    merge.run(redo, at, id);
  });
  return {
    lastDone: () => lastDone.get(),
    nextUndone: () => nextUndone.get(),
    list: (limit: number) => list.all(limit),
    add: (row: Omit<HistoryRow, 'id' | 'is_undone'>) => addLast(row),
    mergeInto: (id: number, redo: string, at: string) => mergeRedo(id, redo, at),
    mark: (id: number, isUndone: boolean) => void mark.run(isUndone ? 1 : 0, id),
    remove: (id: number) => void remove.run(id),
  };
}
