/** Health of runs, judged once per step: a status bar asks every second. */
import type { HealthSignal } from '../../../shared/model/app-run.ts';
import type { Database } from '../../storage/database.ts';
import type { IndexedRun } from '../index/run-store.ts';
import type { SeriesStore } from '../index/series-store.ts';
import { readHealth } from './read-health.ts';

/** Rollouts of a step arrive a moment after its metrics. */
const FRESH_MS = 2000;
const KEPT = 16;

export class HealthCache {
  readonly #db: Database;
  readonly #series: SeriesStore;
  readonly #kept = new Map<number, { step: number; at: number; signals: HealthSignal[] }>();

  constructor(db: Database, series: SeriesStore) {
    this.#db = db;
    this.#series = series;
  }

  of(run: IndexedRun): HealthSignal[] {
    const now = performance.now();
    const kept = this.#kept.get(run.rid);
    if (kept !== undefined && kept.step === run.step && now - kept.at < FRESH_MS) {
      return kept.signals;
    }
    const signals = readHealth(run, this.#db, this.#series);
    this.#kept.delete(run.rid);
    this.#kept.set(run.rid, { step: run.step, at: now, signals });
    const oldest = this.#kept.keys().next().value;
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return signals;
  }
}
