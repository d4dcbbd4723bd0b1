/**
 * The runs of a workspace. Comes in: the two databases, engines, what other rooms offer. Goes out: the
 * calls of the router: lists, curves, health, the queue and commands to what is going.
 */
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type {
  CheckpointInfo,
  CommandResult,
  EvaluationResult,
  HealthSignal,
  RunColumns,
  RunConfig,
  RunEventRow,
  RunSettings,
  RunStages,
  RunSummary,
} from '../../shared/model/app-run.ts';
import type { DryRunReport, TrainPlan } from '../../shared/model/run-queue.ts';
import type { CatalogEntry, Series, SeriesRequest } from '../../shared/model/run-series.ts';
import type { ControlCommand } from '../../shared/protocol/control.ts';
import type { RunLookup } from '../rollouts/service.ts';
import { copyRunFolder } from './import-folder.ts';
import { isAxisSeries } from './index/axes.ts';
import { noteLabEvent } from './lab-events.ts';
import type { Latest } from './latest-cache.ts';
import { groupOf, titleOf, unitOf } from './metric-names.ts';
import { configOf } from './run-config.ts';
import { listCheckpoints } from './run-files.ts';
import { emptyNote, type RunNoteChange } from './run-notes.ts';
import { RunsCore } from './runs-core.ts';
import type { RunsOptions } from './runs-options.ts';
import { readStages } from './stages.ts';
import { alarmsOf, processesOf, queueStatusOf, type RunsStatus } from './status.ts';
import { liveStatus, paramPaths, summarise } from './summaries.ts';
import type { Told } from './watchers.ts';

export interface ListOptions {
  readonly params: readonly string[];
  /** Metrics whose newest values are wanted; absent = all. */
  readonly metrics?: readonly string[] | undefined;
  readonly isArchivedShown: boolean;
}

export class RunsService {
  readonly #core: RunsCore;

  constructor(options: RunsOptions) {
    this.#core = new RunsCore(options);
  }

  get queue() {
    return this.#core.queue;
  }

  /** What other rooms look up. */
  get lookup(): RunLookup {
    return {
      find: (id) => this.#core.find(id),
      all: () => this.#core.ingest.runs.all(),
      folderOf: (id) => this.#core.folderOf(id),
    };
  }

  /** Resolves when everything written so far is in the index. */
  async settled(): Promise<void> {
    for (const { id } of this.#core.ingest.runs.all()) this.#core.ingest.nudge(id);
    await this.#core.ingest.settled();
  }

  /** What the status bar shows. */
  status(): RunsStatus {
    const { going, queue } = this.#core;
    return {
      queue: queueStatusOf(going, queue.counts()),
      alarms: going?.run === undefined ? [] : alarmsOf(going.run.id, this.#core.health(going.run)),
      processes: processesOf(going),
    };
  }

  /** Begins to read run folders and to work through the queue. */
  start(): void {
    this.#core.start();
  }

  list(options: ListOptions): RunSummary[] {
    const { ingest, notes, runsFolder, latest } = this.#core;
    const known = notes.all();
    return ingest.runs
      .all()
      .map((run) => {
        const note = known.get(run.id) ?? emptyNote(run.id);
        const parts = {
          latest: picked(latest.of(run.rid), options.metrics),
          params: options.params,
        };
        return summarise({
          run,
          note,
          active: this.#core.activeOf(run.id),
          folder: runsFolder,
          ...parts,
        });
      })
      .filter(({ isArchived }) => options.isArchivedShown || !isArchived)
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  columns(): RunColumns {
    const metrics = this.#core.index
      .prepare<[], { metric: string }>('SELECT DISTINCT metric FROM series ORDER BY metric')
      .all()
      .map(({ metric }) => metric)
      .filter((metric) => !isAxisSeries(metric));
    const params = new Set<string>();
    for (const { record } of this.#core.ingest.runs.all()) {
      for (const path of paramPaths(record.config['slots'])) params.add(path);
    }
    return { metrics, params: [...params].sort() };
  }

  get(id: string): RunSummary {
    const run = this.#core.find(id);
    return summarise({
      run,
      note: this.#core.notes.get(id),
      active: this.#core.activeOf(id),
      latest: this.#core.latest.of(run.rid),
      params: paramPaths(run.record.config['slots']),
      folder: this.#core.runsFolder,
    });
  }

  watch(id: string, after: number, signal: AbortSignal | undefined): AsyncGenerator<Told> {
    this.#core.find(id);
    return this.#core.watchers.watch(id, after, signal, {
      eventsAfter: (run, seq) => this.events(run, seq, 1000),
      status: (name) => {
        const run = this.#core.find(name);
        const latest = this.#core.latest.of(run.rid);
        return liveStatus(run, this.#core.activeOf(name), latest, this.#core.runsFolder);
      },
    });
  }

  series({ run, ...request }: SeriesRequest): Series[] {
    return this.#core.seriesQuery.read(this.#core.find(run).rid, request);
  }

  catalog(id: string): CatalogEntry[] {
    return this.#core.ingest.series
      .list(this.#core.find(id).rid)
      .filter(({ metric, count }) => count > 0 && !isAxisSeries(metric))
      .map(({ metric, count, lastStep, last, min, max }) => ({
        id: metric,
        unit: unitOf(metric),
        title: titleOf(metric),
        group: groupOf(metric),
        points: count,
        lastStep,
        last,
        min,
        max,
      }));
  }

  health(id: string): HealthSignal[] {
    return this.#core.health(this.#core.find(id));
  }

  stages(id: string, last: number): RunStages {
    const run = this.#core.find(id);
    const item = this.#core.itemOf(id);
    return readStages(run, last, this.#core.ingest.series, {
      tokensPerSecond: this.get(id).tokensPerSecond,
      dryRunBytes: item?.expected?.peakBytes ?? null,
      totalBytes: totalmem(),
    });
  }

  events(id: string, after: number, limit: number): RunEventRow[] {
    return this.#core.events(this.#core.find(id), after, limit);
  }

  log(id: string): { lines: string[] } {
    return { lines: this.#core.logOf(this.#core.find(id).id) };
  }

  checkpoints(id: string): CheckpointInfo[] {
    return listCheckpoints(this.#core.folderOf(this.#core.find(id).id));
  }

  config(id: string): RunConfig {
    return configOf(this.#core.find(id), this.#core.folderOf(id));
  }

  evaluations(id: string | undefined): EvaluationResult[] {
    return this.#core.evaluations(id);
  }

  dryRun(plan: TrainPlan): Promise<DryRunReport> {
    return this.#core.dryRuns.run(plan);
  }

  cancelDryRun(id: string): void {
    this.#core.dryRuns.cancel(id);
  }

  dryRuns(): DryRunReport[] {
    return this.#core.dryRuns.list();
  }

  /** @throws LabError `run/control-refused` */
  async control(id: string, command: ControlCommand): Promise<CommandResult> {
    this.#core.find(id);
    const active = this.#core.activeOf(id);
    if (active === undefined) throw notGoing(id);
    const { step } = await active.control(command);
    this.#core.ingest.nudge(id);
    return { accepted: true, step, message: `From step ${step} on.` };
  }

  /** Goes on with a paused run, or puts one that ended in front of the queue. */
  async resume(id: string, steps: number | undefined): Promise<CommandResult> {
    const active = this.#core.activeOf(id);
    if (active !== undefined) return this.control(id, { kind: 'resume' });
    return this.#core.resume(this.#core.find(id), steps);
  }

  async stop(id: string): Promise<CommandResult> {
    const active = this.#core.activeOf(id);
    if (active === undefined) throw notGoing(id);
    if (active.state === 'starting') active.stop();
    else await active.control({ kind: 'stop-and-save' });
    return { accepted: true, step: null, message: 'Stops after the step under way and saves.' };
  }

  async kill(id: string): Promise<CommandResult> {
    const active = this.#core.activeOf(id);
    if (active === undefined) throw notGoing(id);
    active.kill();
    return { accepted: true, step: null, message: 'The process was ended.' };
  }

  annotate(
    id: string,
    change: { name?: string; note?: string; tags?: string[]; isArchived?: boolean },
  ): RunSummary {
    this.#core.annotate(this.#core.find(id).id, change as RunNoteChange);
    return this.get(id);
  }

  /** @throws LabError `run/locked` while something writes it */
  async remove(id: string): Promise<void> {
    await this.#core.remove(this.#core.find(id));
  }

  async importFolder(request: { path: string; name?: string | undefined }): Promise<RunSummary> {
    const id = await copyRunFolder(request.path, this.#core.runsFolder);
    noteLabEvent(join(this.#core.runsFolder, id), 'imported', { from: request.path });
    if (request.name !== undefined) this.#core.notes.change(id, { name: request.name });
    this.#core.ingest.nudge(id);
    await this.#core.ingest.settled();
    return this.get(id);
  }

  settings(): RunSettings {
    return this.#core.settings();
  }

  setSettings(change: {
    autoResume?: boolean | undefined;
    restartLimit?: number | undefined;
  }): RunSettings {
    return this.#core.setSettings(change);
  }

  /** Asks what is going to stop and save, and waits for it. */
  async dispose(): Promise<void> {
    await this.#core.dispose();
  }
}

function notGoing(id: string): LabError {
  return new LabError('run/control-refused', `[run] ${id} is not going`, {
    hint: 'Resume it first.',
  });
}

function picked(latest: Latest, metrics: readonly string[] | undefined): Latest {
  if (metrics === undefined) return latest;
  return Object.fromEntries(metrics.map((metric) => [metric, latest[metric] ?? null]));
}
