/**
 * The event log of every run in index.sqlite: what the engine wrote and what main noted about the run,
 * numbered in the order of reading. Comes in: events with their time. Goes out: rows after a number.
 */
import type { JsonObject } from '../../../shared/json.ts';
import type { RunEventRow } from '../../../shared/model/app-run.ts';
import type { Database } from '../../storage/database.ts';

interface Row {
  readonly seq: number;
  readonly at: number;
  readonly step: number | null;
  readonly kind: string;
  readonly data: string;
}

export class EventStore {
  readonly #insert;
  readonly #after;
  readonly #ofKinds;
  readonly #remove;

  constructor(db: Database) {
    this.#insert = db.prepare<[number, number, number, number | null, string, string]>(
      'INSERT OR REPLACE INTO event (rid, seq, at, step, kind, data) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#after = db.prepare<[number, number, number], Row>(
      'SELECT seq, at, step, kind, data FROM event WHERE rid = ? AND seq > ? ORDER BY seq LIMIT ?',
    );
    this.#ofKinds = db.prepare<[number, string], Row>(
      `SELECT seq, at, step, kind, data FROM event
       WHERE rid = ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY at`,
    );
    this.#remove = db.prepare<[number]>('DELETE FROM event WHERE rid = ?');
  }

  add(rid: number, event: RunEventRow): void {
    const { seq, at, step, kind, data } = event;
    this.#insert.run(rid, seq, at, step, kind, JSON.stringify(data));
  }

  after(rid: number, seq: number, limit: number): RunEventRow[] {
    return this.#after.all(rid, seq, limit).map(toEvent);
  }

  /** Events of these kinds by time. */
  ofKinds(rid: number, kinds: readonly string[]): RunEventRow[] {
    return this.#ofKinds.all(rid, JSON.stringify(kinds)).map(toEvent);
  }

  removeRun(rid: number): void {
    this.#remove.run(rid);
  }
}

function toEvent({ data, ...row }: Row): RunEventRow {
  // Written by `add` above.
  return { ...row, data: JSON.parse(data) as JsonObject };
}
