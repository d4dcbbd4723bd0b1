/**
 * The rows of index.sqlite that say where each run stands and how far its files were read. Comes in:
 * what the ingest learned. Goes out: one {@link IndexedRun} per run.
 */
import type { JsonObject } from '../../../shared/json.ts';
import type { RunRecord } from '../../../shared/run.ts';
import type { Database } from '../../storage/database.ts';

/** What a recent step took; rates and the time left come from these. */
export interface RecentStep {
  readonly step: number;
  readonly ms: number;
  readonly tokens: number;
}

export interface IndexedRun {
  readonly rid: number;
  readonly id: string;
  readonly record: RunRecord;
  readonly createdAt: number;
  metricsOffset: number;
  eventsOffset: number;
  /** Of main's own notes about the run. */
  labOffset: number;
  step: number;
  /** Number of the newest event. */
  seq: number;
  steps: number | null;
  startedAt: number | null;
  /** Newest event that says where the run stands: started, resumed, paused, finished, .. */
  endKind: string | null;
  endAt: number | null;
  endData: JsonObject | null;
  activeMs: number;
  lastAt: number | null;
  tokens: number;
  samples: number;
  recent: RecentStep[];
}

interface Row {
  readonly rid: number;
  readonly id: string;
  readonly record: string;
  readonly created_at: number;
  readonly metrics_offset: number;
  readonly events_offset: number;
  readonly lab_offset: number;
  readonly step: number;
  readonly seq: number;
  readonly steps: number | null;
  readonly started_at: number | null;
  readonly end_kind: string | null;
  readonly end_at: number | null;
  readonly end_data: string | null;
  readonly active_ms: number;
  readonly last_at: number | null;
  readonly tokens: number;
  readonly samples: number;
  readonly recent: string;
}

export class RunStore {
  readonly #byId = new Map<string, IndexedRun>();
  readonly #insert;
  readonly #update;
  readonly #remove;

  constructor(db: Database) {
    this.#insert = db.prepare<[string, string, number, number | null]>(
      'INSERT INTO run (id, record, created_at, steps) VALUES (?, ?, ?, ?)',
    );
    this.#update = db.prepare<[Record<string, unknown>]>(
      `UPDATE run SET metrics_offset = @metricsOffset, events_offset = @eventsOffset,
         lab_offset = @labOffset, step = @step, seq = @seq, steps = @steps,
         started_at = @startedAt, end_kind = @endKind, end_at = @endAt, end_data = @endData,
         active_ms = @activeMs, last_at = @lastAt, tokens = @tokens, samples = @samples,
         recent = @recent
       WHERE rid = @rid`,
    );
    this.#remove = db.prepare<[number]>('DELETE FROM run WHERE rid = ?');
    for (const row of db.prepare<[], Row>('SELECT * FROM run').all()) {
      this.#byId.set(row.id, fromRow(row));
    }
  }

  all(): IndexedRun[] {
    return [...this.#byId.values()];
  }

  get(id: string): IndexedRun | undefined {
    return this.#byId.get(id);
  }

  add(record: RunRecord, steps: number | null): IndexedRun {
    const createdAt = Date.parse(record.createdAt);
    const { lastInsertRowid } = this.#insert.run(
      record.id,
      JSON.stringify(record),
      createdAt,
      steps,
    );
    const run = emptyRun(Number(lastInsertRowid), record, createdAt, steps);
    this.#byId.set(record.id, run);
    return run;
  }

  save(run: IndexedRun): void {
    const { record, createdAt, id, endData, recent, ...columns } = run;
    this.#update.run({
      ...columns,
      endData: endData === null ? null : JSON.stringify(endData),
      recent: JSON.stringify(recent),
    });
  }

  remove(run: IndexedRun): void {
    this.#remove.run(run.rid);
    this.#byId.delete(run.id);
  }
}

function emptyRun(
  rid: number,
  record: RunRecord,
  createdAt: number,
  steps: number | null,
): IndexedRun {
  return {
    rid,
    id: record.id,
    record,
    createdAt,
    metricsOffset: 0,
    eventsOffset: 0,
    labOffset: 0,
    step: 0,
    seq: 0,
    steps,
    startedAt: null,
    endKind: null,
    endAt: null,
    endData: null,
    activeMs: 0,
    lastAt: null,
    tokens: 0,
    samples: 0,
    recent: [],
  };
}

function fromRow(row: Row): IndexedRun {
  return {
    rid: row.rid,
    id: row.id,
    // Written by `add` and `save` above.
    record: JSON.parse(row.record) as RunRecord,
    createdAt: row.created_at,
    metricsOffset: row.metrics_offset,
    eventsOffset: row.events_offset,
    labOffset: row.lab_offset,
    step: row.step,
    seq: row.seq,
    steps: row.steps,
    startedAt: row.started_at,
    endKind: row.end_kind,
    endAt: row.end_at,
    endData: row.end_data === null ? null : (JSON.parse(row.end_data) as JsonObject),
    activeMs: row.active_ms,
    lastAt: row.last_at,
    tokens: row.tokens,
    samples: row.samples,
    recent: JSON.parse(row.recent) as RecentStep[],
  };
}
