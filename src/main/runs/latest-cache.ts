/**
 * Newest values of every metric by run. Comes in: the index, and which runs changed. Goes out: values
 * for lists that are asked for again and again while one run of a thousand grows.
 */
import type { Database } from '../storage/database.ts';
import { isAxisSeries } from './index/axes.ts';

export type Latest = Record<string, number | null>;

interface Row {
  readonly rid: number;
  readonly metric: string;
  readonly last: number | null;
}

export class LatestCache {
  readonly #all;
  readonly #one;
  #kept: Map<number, Latest> | undefined;

  constructor(db: Database) {
    const columns = 'SELECT rid, metric, last FROM series WHERE count > 0';
    this.#all = db.prepare<[], Row>(columns);
    this.#one = db.prepare<[number], Row>(`${columns} AND rid = ?`);
  }

  of(rid: number): Latest {
    const kept = this.#loaded();
    const known = kept.get(rid);
    if (known !== undefined) return known;
    const values = group(this.#one.all(rid)).get(rid) ?? {};
    kept.set(rid, values);
    return values;
  }

  /** A run has new points. */
  forget(rid: number): void {
    this.#kept?.delete(rid);
  }

  clear(): void {
    this.#kept = undefined;
  }

  #loaded(): Map<number, Latest> {
    this.#kept ??= group(this.#all.all());
    return this.#kept;
  }
}

function group(rows: readonly Row[]): Map<number, Latest> {
  const found = new Map<number, Latest>();
  for (const { rid, metric, last } of rows) {
    if (isAxisSeries(metric)) continue;
    const values = found.get(rid) ?? {};
    values[metric] = last;
    found.set(rid, values);
  }
  return found;
}
