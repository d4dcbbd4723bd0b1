/**
 * Keeps index.sqlite in step with the run folders. The files are the truth: they are looked at when
 * the file system, a timer or a running engine says so, read from where the last look ended, and put
 * in small transactions between which the process answers other calls.
 */
import { type FSWatcher, mkdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { RunEventRow } from '../../../shared/model/app-run.ts';
import type { Database } from '../../storage/database.ts';
import { readRecord, runNames } from '../run-files.ts';
import { lockHolder } from '../run-lock.ts';
import { MetricsWriter } from './apply-metrics.ts';
import { readEvaluations } from './evaluations.ts';
import { EventStore } from './event-store.ts';
import { readEvents, readMetrics } from './read-appended.ts';
import { type IndexedRun, RunStore } from './run-store.ts';
import { SeriesStore } from './series-store.ts';

export interface RolloutReader {
  /** Reads new rollout files of a run. @returns whether anything was new */
  ingest(run: IndexedRun, folder: string): Promise<boolean>;
  removeRun(rid: number): void;
}

export interface IngestOptions {
  readonly db: Database;
  /** Folder of the run folders. */
  readonly folder: string;
  readonly rollouts: RolloutReader;
  /** Told after something new of a run is in the index. */
  onChange(run: string, news: { events: readonly RunEventRow[]; hasSteps: boolean }): void;
  onRollouts(run: string): void;
  onRemoved(run: string): void;
  onProblem(problem: LabError): void;
}

/** A run that is written now is looked at this often; the engine's own news come sooner. */
const LIVE_MS = 500;
/** Folders that appeared or went. */
const NAMES_MS = 2000;
/** Runs that nobody seems to write. */
const ALL_MS = 20_000;
/** Metrics writers kept open: their tails are in memory. */
const KEPT_WRITERS = 8;

export class RunIngest {
  readonly runs: RunStore;
  readonly series: SeriesStore;
  readonly events: EventStore;
  readonly #options: IngestOptions;
  readonly #waiting = new Set<string>();
  readonly #live = new Set<string>();
  readonly #broken = new Map<string, number>();
  readonly #writers = new Map<string, MetricsWriter>();
  readonly #timers: NodeJS.Timeout[] = [];
  #watcher: FSWatcher | undefined;
  #work: Promise<void> | undefined;
  #isDisposed = false;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.runs = new RunStore(options.db);
    this.series = new SeriesStore(options.db);
    this.events = new EventStore(options.db);
  }

  /** Begins to watch; the first look at everything goes on in the background. */
  start(): void {
    const { folder } = this.#options;
    mkdirSync(folder, { recursive: true });
    try {
      this.#watcher = watch(folder, () => this.#lookForNames());
      // Whatever ends the watch, the timers go on.
      this.#watcher.on('error', () => this.#watcher?.close());
      this.#watcher.unref();
    } catch {
      // No watches left on this system: the timers find it all.
    }
    const every = (ms: number, work: () => void) =>
      this.#timers.push(setInterval(work, ms).unref());
    every(LIVE_MS, () => {
      for (const run of this.#live) this.nudge(run);
    });
    every(NAMES_MS, () => this.#lookForNames());
    every(ALL_MS, () => this.#lookAtAll());
    this.#lookAtAll();
  }

  /** Something may be new in a run's folder. */
  nudge(run: string): void {
    if (this.#isDisposed) return;
    this.#waiting.add(run);
    this.#work ??= this.#drain().finally(() => {
      this.#work = undefined;
      if (this.#waiting.size > 0 && !this.#isDisposed) this.nudge([...this.#waiting][0] ?? '');
    });
  }

  /** Resolves when everything known so far is in the index. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  /** A run that an engine of ours writes. */
  setLive(run: string, isLive: boolean): void {
    if (isLive) this.#live.add(run);
    else this.#live.delete(run);
    this.nudge(run);
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#watcher?.close();
    for (const timer of this.#timers) clearInterval(timer);
    await this.#work;
  }

  #lookForNames(): void {
    const names = new Set(this.#names());
    for (const name of names) {
      if (this.runs.get(name) === undefined && !this.#broken.has(name)) this.nudge(name);
    }
    for (const run of this.runs.all()) if (!names.has(run.id)) this.nudge(run.id);
  }

  #lookAtAll(): void {
    this.#broken.clear();
    for (const name of this.#names()) {
      if (lockHolder(join(this.#options.folder, name)) !== undefined) this.#live.add(name);
      this.nudge(name);
    }
    for (const run of this.runs.all()) this.nudge(run.id);
  }

  #names(): string[] {
    try {
      return runNames(this.#options.folder);
    } catch {
      // The folder is on a drive that is away: what is known stays.
      return this.runs.all().map(({ id }) => id);
    }
  }

  async #drain(): Promise<void> {
    for (;;) {
      const next = this.#waiting.values().next().value;
      if (next === undefined || this.#isDisposed) return;
      this.#waiting.delete(next);
      try {
        await this.#ingest(next);
      } catch (thrown) {
        // A folder that cannot be read is told once per look, and keeps nobody else waiting.
        if (!this.#broken.has(next)) this.#options.onProblem(LabError.from(thrown));
        this.#broken.set(next, Date.now());
      }
    }
  }

  async #ingest(name: string): Promise<void> {
    const folder = join(this.#options.folder, name);
    const known = this.runs.get(name);
    if (statSync(join(folder, 'run.json'), { throwIfNoEntry: false }) === undefined) {
      if (known !== undefined) this.#remove(known);
      return;
    }
    const run = known ?? this.#add(folder, name);
    if (run === undefined) return;
    if (known === undefined) {
      // Another process may be writing it: the command line.
      if (lockHolder(folder) !== undefined) this.#live.add(name);
      this.#options.onChange(name, { events: [], hasSteps: false });
    }
    await this.#readRun(run, folder);
    if (this.#live.has(name) && lockHolder(folder) === undefined) this.#live.delete(name);
  }

  #add(folder: string, name: string): IndexedRun | undefined {
    const record = readRecord(folder);
    if (record.id !== name) {
      throw new LabError('file/corrupt', `[run] ${name} holds a run named ${record.id}`, {
        hint: `Rename the folder to ${record.id}.`,
      });
    }
    return this.runs.add(record, plannedSteps(record.config));
  }

  async #readRun(run: IndexedRun, folder: string): Promise<void> {
    const { db } = this.#options;
    const events = readEvents(run, folder, this.events, db);
    if (events === undefined) return this.#readAnew(run, folder);
    // A writer knows when clocks began; events of that kind are rare.
    if (events.some(({ kind }) => /^(started|resumed|unpaused)$/.test(kind))) {
      this.#writers.delete(run.id);
    }
    if (events.length > 0) this.#options.onChange(run.id, { events, hasSteps: false });
    for (let hasMore = true; hasMore && !this.#isDisposed; ) {
      const read = readMetrics(run, folder, db, () => this.#writerOf(run));
      if (read === undefined) return this.#readAnew(run, folder);
      hasMore = read.hasMore;
      if (read.rows > 0) this.#options.onChange(run.id, { events: [], hasSteps: true });
      await breathe();
    }
    if (readEvaluations(run, folder, db)) {
      this.#options.onChange(run.id, { events: [], hasSteps: true });
    }
    if (events.length > 0 || this.#isDisposed) db.transaction(() => this.runs.save(run))();
    if (!this.#isDisposed && (await this.#options.rollouts.ingest(run, folder))) {
      this.#options.onRollouts(run.id);
    }
  }

  /** The files are not those that were read before: a folder that was put back or written by hand. */
  async #readAnew(run: IndexedRun, folder: string): Promise<void> {
    this.#remove(run);
    const fresh = this.#add(folder, run.id);
    if (fresh !== undefined) await this.#readRun(fresh, folder);
  }

  #writerOf(run: IndexedRun): MetricsWriter {
    const writer = this.#writers.get(run.id) ?? new MetricsWriter(run, this.series, this.events);
    this.#writers.delete(run.id);
    this.#writers.set(run.id, writer);
    const oldest = this.#writers.keys().next().value;
    if (this.#writers.size > KEPT_WRITERS && oldest !== undefined) this.#writers.delete(oldest);
    return writer;
  }

  #remove(run: IndexedRun): void {
    const { db } = this.#options;
    this.#writers.delete(run.id);
    this.#live.delete(run.id);
    db.transaction(() => {
      this.series.removeRun(run.rid);
      this.events.removeRun(run.rid);
      this.#options.rollouts.removeRun(run.rid);
      db.prepare('DELETE FROM evaluation WHERE rid = ?').run(run.rid);
      this.runs.remove(run);
    })();
    this.#options.onRemoved(run.id);
  }
}

function plannedSteps(config: Readonly<Record<string, unknown>>): number | null {
  // Parsed JSON: plain objects all the way down.
  const slots = config['slots'] as { training?: { steps?: unknown } } | undefined;
  const steps = slots?.training?.steps;
  return typeof steps === 'number' ? steps : null;
}

/** Lets calls of the window in between. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
