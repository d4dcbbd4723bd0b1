/**
 * Undo and redo over restarts. A room records what it did as two operations, data and no code, and
 * defines how operations of its kinds are applied. A new record drops what could have been redone.
 */
import { LabError } from '../../shared/errors.ts';
import { type JsonObject, jsonObject } from '../../shared/json.ts';
import type { HistoryState } from '../../shared/model/workspace.ts';
import type { Database } from '../storage/database.ts';
import { type HistoryRow, historyRows } from '../storage/history-rows.ts';
import type { Changes } from './changes.ts';

/** Something a room can do again: `kind` names the applier, as in 'datasets/tag'. */
export interface Operation {
  readonly kind: string;
  readonly data: JsonObject;
}

/**
 * Applies the data of an operation. May run twice for one operation after a crash, so it sets a state
 * ("tags of row 3 are a, b") instead of changing one ("add b").
 */
export type Applier = (data: JsonObject) => void | Promise<void>;

export interface HistoryRecord {
  /** Finishes "Undo ...": 'rename the dataset'. */
  readonly label: string;
  readonly undo: Operation;
  readonly redo: Operation;
  /** Records of the same key within seconds become one entry, as typing does. */
  readonly mergeKey?: string;
}

const MERGE_WITHIN_MS = 3000;

export class History {
  readonly #rows: ReturnType<typeof historyRows>;
  readonly #changes: Changes;
  readonly #appliers = new Map<string, Applier>();
  /** Undo and redo come one after the other; a fast key repeats. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: { readonly db: Database; readonly changes: Changes }) {
    this.#rows = historyRows(options.db);
    this.#changes = options.changes;
  }

  /** Says how operations of a kind are applied. Called by rooms when the workspace opens. */
  define(kind: string, apply: Applier): void {
    if (this.#appliers.has(kind)) {
      throw new LabError('internal', `[history] two rooms define ${kind}`);
    }
    this.#appliers.set(kind, apply);
  }

  /** Call it in the transaction that changes the rows, or right after the change. */
  record({ label, undo, redo, mergeKey }: HistoryRecord): void {
    const now = Date.now();
    const last = mergeKey === undefined ? undefined : this.#rows.lastDone();
    if (last?.merge_key === mergeKey && last !== undefined && isRecent(last, now)) {
      this.#rows.mergeInto(last.id, JSON.stringify(redo), new Date(now).toISOString());
    } else {
      this.#rows.add({
        label,
        undo: JSON.stringify(undo),
        redo: JSON.stringify(redo),
        merge_key: mergeKey ?? null,
        created_at: new Date(now).toISOString(),
      });
    }
    this.#changes.touch('workspace');
  }

  state(limit: number): HistoryState {
    return {
      undo: this.#rows.lastDone()?.label ?? null,
      redo: this.#rows.nextUndone()?.label ?? null,
      entries: this.#rows.list(limit).map((row) => ({
        id: row.id,
        label: row.label,
        isUndone: row.is_undone === 1,
        createdAt: row.created_at,
      })),
    };
  }

  /** @returns what was taken back, in words; null when there is nothing. */
  undo(): Promise<string | null> {
    return this.#inTurn(() => this.#step(this.#rows.lastDone(), 'undo'));
  }

  redo(): Promise<string | null> {
    return this.#inTurn(() => this.#step(this.#rows.nextUndone(), 'redo'));
  }

  async #step(row: HistoryRow | undefined, way: 'undo' | 'redo'): Promise<string | null> {
    if (row === undefined) return null;
    const operation = operationOf(row[way]);
    const apply = this.#appliers.get(operation.kind);
    if (apply === undefined) {
      throw new LabError('internal', `[history] no room knows how to ${way} ${operation.kind}`);
    }
    try {
      await apply(operation.data);
    } catch (thrown) {
      const error = LabError.from(thrown);
      // What it was about is gone for good: the entries below must stay within reach.
      if (error.code.endsWith('/missing')) this.#rows.remove(row.id);
      throw error;
    } finally {
      this.#changes.touch('workspace');
    }
    this.#rows.mark(row.id, way === 'undo');
    return row.label;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

function isRecent(row: HistoryRow, now: number): boolean {
  return now - Date.parse(row.created_at) < MERGE_WITHIN_MS;
}

function operationOf(text: string): Operation {
  const { kind, data } = jsonObject.parse(JSON.parse(text));
  return { kind: String(kind), data: jsonObject.parse(data) };
}
