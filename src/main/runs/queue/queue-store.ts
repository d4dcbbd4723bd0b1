/**
 * Queue items in workspace.sqlite: planned, going, and ended ones. Comes in: items and changes of them.
 * Goes out: items in the order of their position.
 */
import type { QueueItem, QueueState } from '../../../shared/model/run-queue.ts';
import type { Database } from '../../storage/database.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly kind: 'train' | 'eval';
  readonly plan: string;
  readonly config: string;
  readonly config_hash: string;
  readonly position: number;
  readonly starts_at: number | null;
  readonly gate: string | null;
  readonly on_error: 'stop' | 'continue';
  readonly after: string | null;
  readonly status: string;
  readonly reason: string | null;
  readonly expected: string | null;
  readonly run: string | null;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly error: string | null;
}

/** Ended items shown beside what is planned. */
const KEPT_ENDED = 50;

export class QueueStore {
  readonly #db: Database;
  readonly #put;
  readonly #get;
  readonly #open;
  readonly #ended;

  constructor(db: Database) {
    this.#db = db;
    this.#put = db.prepare<[Row]>(
      `INSERT OR REPLACE INTO queue_item (id, name, kind, plan, config, config_hash, position,
         starts_at, gate, on_error, after, status, reason, expected, run, created_at, started_at,
         ended_at, error)
       VALUES (@id, @name, @kind, @plan, @config, @config_hash, @position, @starts_at, @gate,
         @on_error, @after, @status, @reason, @expected, @run, @created_at, @started_at, @ended_at,
         @error)`,
    );
    this.#get = db.prepare<[string], Row>('SELECT * FROM queue_item WHERE id = ?');
    this.#open = db.prepare<[], Row>(
      `SELECT * FROM queue_item WHERE ended_at IS NULL AND status <> 'removed' ORDER BY position, id`,
    );
    this.#ended = db.prepare<[number], Row>(
      `SELECT * FROM queue_item WHERE ended_at IS NOT NULL AND status <> 'removed'
       ORDER BY ended_at DESC LIMIT ?`,
    );
  }

  get(id: string): QueueItem | undefined {
    const row = this.#get.get(id);
    return row === undefined ? undefined : fromRow(row);
  }

  /** What waits or is going, in order. */
  open(): QueueItem[] {
    return this.#open.all().map(fromRow);
  }

  /** What ended lately, newest first. */
  ended(): QueueItem[] {
    return this.#ended.all(KEPT_ENDED).map(fromRow);
  }

  /** The newest item of a run. */
  ofRun(run: string): QueueItem | undefined {
    const row = this.#db
      .prepare<[string], Row>(
        'SELECT * FROM queue_item WHERE run = ? ORDER BY created_at DESC LIMIT 1',
      )
      .get(run);
    return row === undefined ? undefined : fromRow(row);
  }

  /** The item that ended last before an open one: what `previous` means without `after`. */
  before(item: QueueItem): QueueItem | undefined {
    const earlier = this.#db
      .prepare<[number, string], Row>(
        `SELECT * FROM queue_item WHERE position < ? AND id <> ? AND status <> 'removed'
         ORDER BY position DESC LIMIT 1`,
      )
      .get(item.position, item.id);
    return earlier === undefined ? undefined : fromRow(earlier);
  }

  save(items: readonly QueueItem[]): void {
    this.#db.transaction(() => {
      for (const item of items) this.#put.run(toRow(item));
    })();
  }

  /** First and last position in use. */
  ends(): { readonly first: number; readonly last: number } {
    const row = this.#db
      .prepare<[], { first: number | null; last: number | null }>(
        'SELECT min(position) AS first, max(position) AS last FROM queue_item',
      )
      .get();
    return { first: row?.first ?? 0, last: row?.last ?? 0 };
  }

  readState<T>(key: string, fallback: T): T {
    const row = this.#db
      .prepare<[string], { value: string }>('SELECT value FROM run_state WHERE key = ?')
      .get(key);
    // Written by writeState below.
    return row === undefined ? fallback : (JSON.parse(row.value) as T);
  }

  writeState(key: string, value: unknown): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO run_state (key, value) VALUES (?, ?)')
      .run(key, JSON.stringify(value));
  }
}

function toRow(item: QueueItem): Row {
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value));
  return {
    id: item.id,
    name: item.name,
    kind: item.kind,
    plan: JSON.stringify(item.plan),
    config: JSON.stringify(item.config),
    config_hash: item.configHash,
    position: item.position,
    starts_at: item.startsAt,
    gate: json(item.gate),
    on_error: item.onError,
    after: item.after,
    status: item.status,
    reason: item.reason,
    expected: json(item.expected),
    run: item.run,
    created_at: item.createdAt,
    started_at: item.startedAt,
    ended_at: item.endedAt,
    error: json(item.error),
  };
}

/** Columns were written by toRow from parsed values, so their JSON has those types. */
function fromRow(row: Row): QueueItem {
  const json = <T>(text: string | null): T | null =>
    text === null ? null : (JSON.parse(text) as T);
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    plan: JSON.parse(row.plan) as QueueItem['plan'],
    config: JSON.parse(row.config) as QueueItem['config'],
    configHash: row.config_hash,
    position: row.position,
    startsAt: row.starts_at,
    gate: json<NonNullable<QueueItem['gate']>>(row.gate),
    onError: row.on_error,
    after: row.after,
    status: row.status as QueueState,
    reason: row.reason,
    expected: json<NonNullable<QueueItem['expected']>>(row.expected),
    run: row.run,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    error: json<NonNullable<QueueItem['error']>>(row.error),
  };
}
