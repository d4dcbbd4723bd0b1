/** Rows of the models room in workspace.sqlite: imported folders, exports, notes and policies. */
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { type RetentionPolicy, retentionPolicy } from '../../shared/model/model.ts';
import type { Database } from '../storage/database.ts';

/** A row as SQLite has it; what the trash and the history keep. */
export const modelRow = z.object({
  id: z.string(),
  kind: z.enum(['imported', 'export']),
  name: z.string(),
  path: z.string(),
  parent: z.string().nullable(),
  format: z.string().nullable(),
  hash: z.string().nullable(),
  params: z.number().nullable(),
  bytes: z.number(),
  is_owned: z.int(),
  is_adapter: z.int(),
  report: z.string(),
  created_at: z.string(),
});
export type ModelRow = z.infer<typeof modelRow>;

export const modelNote = z.object({
  model: z.string(),
  name: z.string().nullable(),
  note: z.string(),
  is_pinned: z.int(),
});
export type ModelNote = z.infer<typeof modelNote>;

export class ModelRecords {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  list(): ModelRow[] {
    const rows = this.#db.prepare('SELECT * FROM model ORDER BY created_at DESC, id').all();
    return z.array(modelRow).parse(rows);
  }

  find(id: string): ModelRow | undefined {
    const row = this.#db.prepare('SELECT * FROM model WHERE id = ?').get(id);
    return row === undefined ? undefined : modelRow.parse(row);
  }

  /** @throws LabError `model/missing` */
  get(id: string): ModelRow {
    const row = this.find(id);
    if (row !== undefined) return row;
    throw new LabError('model/missing', `[models] no model with the id ${id.slice(0, 100)}`);
  }

  atPath(path: string): ModelRow | undefined {
    const row = this.#db.prepare('SELECT * FROM model WHERE path = ? LIMIT 1').get(path);
    return row === undefined ? undefined : modelRow.parse(row);
  }

  /** Adds a row or replaces the one of its id. */
  put(row: ModelRow): void {
    this.#db
      .prepare(
        `INSERT OR REPLACE INTO model (id, kind, name, path, parent, format, hash, params, bytes,
           is_owned, is_adapter, report, created_at)
         VALUES (@id, @kind, @name, @path, @parent, @format, @hash, @params, @bytes,
           @is_owned, @is_adapter, @report, @created_at)`,
      )
      .run(row);
  }

  remove(id: string): void {
    this.#db.prepare('DELETE FROM model WHERE id = ?').run(id);
  }

  notes(): Map<string, ModelNote> {
    const rows = z.array(modelNote).parse(this.#db.prepare('SELECT * FROM model_note').all());
    return new Map(rows.map((row) => [row.model, row]));
  }

  /** What was said about a model; nothing said reads as no name, '' and not pinned. */
  note(model: string): ModelNote {
    const row = this.#db.prepare('SELECT * FROM model_note WHERE model = ?').get(model);
    return row === undefined ? { model, name: null, note: '', is_pinned: 0 } : modelNote.parse(row);
  }

  setNote(note: ModelNote): void {
    const isEmpty = note.name === null && note.note === '' && note.is_pinned === 0;
    if (isEmpty) {
      this.#db.prepare('DELETE FROM model_note WHERE model = ?').run(note.model);
      return;
    }
    this.#db
      .prepare(
        `INSERT OR REPLACE INTO model_note (model, name, note, is_pinned)
         VALUES (@model, @name, @note, @is_pinned)`,
      )
      .run(note);
  }

  /** The policy of a scope (`default` or a run), or undefined. */
  policy(scope: string): RetentionPolicy | undefined {
    const row = this.#db.prepare('SELECT policy FROM retention_policy WHERE scope = ?').get(scope);
    const text = z.object({ policy: z.string() }).safeParse(row).data?.policy;
    return text === undefined ? undefined : retentionPolicy.parse(JSON.parse(text));
  }

  setPolicy(scope: string, policy: RetentionPolicy | undefined): void {
    if (policy === undefined) {
      this.#db.prepare('DELETE FROM retention_policy WHERE scope = ?').run(scope);
      return;
    }
    this.#db
      .prepare(
        'INSERT OR REPLACE INTO retention_policy (scope, policy, updated_at) VALUES (?, ?, ?)',
      )
      .run(scope, JSON.stringify(policy), new Date().toISOString());
  }
}
