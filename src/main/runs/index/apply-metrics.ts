/**
 * Rows of metrics.jsonl into curves. A row comes in; the point of every metric, the sums behind the
 * axes and the recent step times go out. A step that is run again after a resume wins: what was known
 * of it and of later steps is dropped first.
 */
import type { MetricRow } from '../../../shared/run.ts';
import { AXIS_SERIES, CLOCK_SERIES } from './axes.ts';
import type { EventStore } from './event-store.ts';
import type { Point } from './pyramid.ts';
import type { IndexedRun } from './run-store.ts';
import type { SeriesStore, SeriesWriter } from './series-store.ts';

/** Steps kept for rates and the time left. */
const KEPT_STEPS = 32;
/** A step after one of these begins at it, not at the step before. */
const CLOCK_STARTS = ['started', 'resumed', 'unpaused'];

interface OpenSeries {
  readonly sid: number;
  readonly writer: SeriesWriter;
}

export class MetricsWriter {
  readonly #run: IndexedRun;
  readonly #series: SeriesStore;
  readonly #samplesPerStep: number;
  readonly #clockStarts: readonly number[];
  readonly #open = new Map<string, OpenSeries>();
  readonly #changed = new Set<string>();

  constructor(run: IndexedRun, series: SeriesStore, events: EventStore) {
    this.#run = run;
    this.#series = series;
    this.#samplesPerStep = samplesPerStep(run.record.config);
    this.#clockStarts = events.ofKinds(run.rid, CLOCK_STARTS).map(({ at }) => at);
  }

  /** Call inside a transaction; `flush` before it ends. */
  apply(row: MetricRow): void {
    const run = this.#run;
    const names = Object.keys(row.values);
    const isStep = names.some((name) => !name.startsWith('evaluation/'));
    if (this.#isRepeated(row, isStep)) this.#rewind(row, isStep);
    for (const name of names) {
      this.#append(name, { step: row.step, value: row.values[name] ?? Number.NaN });
    }
    const ms = this.#advanceClock(row);
    if (!isStep) return;
    const tokens = tokensOf(row.values);
    run.tokens += tokens;
    run.samples += samplesOf(row.values, this.#samplesPerStep);
    if (ms > 0) run.recent = [...run.recent, { step: row.step, ms, tokens }].slice(-KEPT_STEPS);
    run.step = row.step;
    const sums = { time: run.activeMs / 1000, tokens: run.tokens, samples: run.samples };
    if (row.at !== undefined) this.#append(CLOCK_SERIES, { step: row.step, value: row.at });
    for (const axis of ['time', 'tokens', 'samples'] as const) {
      this.#append(AXIS_SERIES[axis], { step: row.step, value: sums[axis] });
    }
  }

  flush(): void {
    for (const name of this.#changed) {
      const open = this.#open.get(name);
      if (open !== undefined) this.#series.save(open.sid, open.writer);
    }
    this.#changed.clear();
  }

  #append(name: string, point: Point): void {
    this.#opened(name).writer.append(point);
    this.#changed.add(name);
  }

  #opened(name: string): OpenSeries {
    const open = this.#open.get(name) ?? this.#series.open(this.#run.rid, name);
    this.#open.set(name, open);
    return open;
  }

  /** Evaluations of a step come in a row of their own, after the step's. */
  #isRepeated(row: MetricRow, isStep: boolean): boolean {
    if (row.step < this.#run.step) return true;
    if (isStep && row.step === this.#run.step && row.step > 0) return true;
    return Object.keys(row.values).some((name) => {
      const { writer } = this.#opened(name);
      return writer.builder.count > 0 && writer.lastStep >= row.step;
    });
  }

  #rewind(row: MetricRow, isStep: boolean): void {
    this.flush();
    this.#open.clear();
    const { rid } = this.#run;
    const repeated = new Set<string>(Object.keys(row.values));
    // The sums belong to steps, not to evaluations.
    if (isStep)
      for (const name of [...Object.values(AXIS_SERIES), CLOCK_SERIES]) repeated.add(name);
    this.#series.truncate(rid, (name) => row.step + (repeated.has(name) ? 0 : 1));
    const run = this.#run;
    const sum = (name: string) => this.#series.find(rid, name)?.last ?? 0;
    run.activeMs = sum(AXIS_SERIES.time) * 1000;
    run.tokens = sum(AXIS_SERIES.tokens);
    run.samples = sum(AXIS_SERIES.samples);
    run.step = this.#series.find(rid, AXIS_SERIES.time)?.lastStep ?? 0;
    run.recent = run.recent.filter(({ step }) => step < row.step);
  }

  /** @returns the milliseconds since the step before, or since the run began or went on */
  #advanceClock(row: MetricRow): number {
    const run = this.#run;
    const timed = stageMs(row.values);
    if (row.at === undefined) {
      run.activeMs += timed;
      return timed;
    }
    const { at } = row;
    const began = this.#clockStarts.findLast((start) => start <= at) ?? run.createdAt;
    const ms = Math.max(0, at - Math.max(began, run.lastAt ?? 0));
    run.lastAt = at;
    run.activeMs += ms;
    return ms;
  }
}

function stageMs(values: MetricRow['values']): number {
  return Object.entries(values).reduce((sum, [name, value]) => {
    // Parts of other stages would count twice.
    const isPart = name === 'timing/prefill_ms' || name === 'timing/optimizer_ms';
    return name.startsWith('timing/') && !isPart ? sum + (value ?? 0) : sum;
  }, 0);
}

function tokensOf(values: MetricRow['values']): number {
  return values['data/packed_tokens'] ?? values['data/scored_tokens'] ?? 0;
}

/** Prompts a step draws, times the completions of each where they are sampled. */
function samplesPerStep(config: Readonly<Record<string, unknown>>): number {
  const number = (value: unknown, ...path: readonly string[]): number | undefined => {
    const found = path.reduce<unknown>(
      (at, key) =>
        // Parsed JSON: plain objects all the way down.
        typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined,
      value,
    );
    return typeof found === 'number' ? found : undefined;
  };
  const prompts = number(config, 'slots', 'training', 'promptsPerStep') ?? 0;
  return prompts * (number(config, 'slots', 'rollout', 'groupSize') ?? 1);
}

function samplesOf(values: MetricRow['values'], planned: number): number {
  return values['rollout/completions'] ?? planned;
}
