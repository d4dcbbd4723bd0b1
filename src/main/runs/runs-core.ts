/**
 * What the runs room is made of, put together: the index that follows run folders, the queue with what
 * it started, subscriptions, notes and notices. The service on top of it answers calls.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import type {
  CommandResult,
  EvaluationResult,
  HealthSignal,
  RunEventRow,
  RunSettings,
} from '../../shared/model/app-run.ts';
import {
  type QueueGate,
  type QueueItem,
  queueItem,
  type RunPlan,
  type TrainPlan,
} from '../../shared/model/run-queue.ts';
import type { Database } from '../storage/database.ts';
import type { ActiveRun } from './active-run.ts';
import { DryRuns } from './dry-runs.ts';
import { HealthCache } from './health/health-cache.ts';
import { Axes } from './index/axes.ts';
import { evaluationsOf } from './index/evaluations.ts';
import { RunIngest } from './index/ingest.ts';
import type { IndexedRun } from './index/run-store.ts';
import { SeriesQuery } from './index/series-query.ts';
import { noteLabEvent, readLog, writeLog } from './lab-events.ts';
import { LatestCache } from './latest-cache.ts';
import { Notifier } from './notify.ts';
import { problemNotice } from './problem-notice.ts';
import { type Frozen, freezePlan } from './queue/freeze.ts';
import { QueueService } from './queue/queue.ts';
import { QueueStore } from './queue/queue-store.ts';
import { resumeItem } from './queue/resume-item.ts';
import { Starter } from './queue/starter.ts';
import { lastCheckpoint } from './run-files.ts';
import { lockHolder } from './run-lock.ts';
import { type RunNoteChange, RunNotes } from './run-notes.ts';
import { RunTrash } from './run-trash.ts';
import type { RunsOptions } from './runs-options.ts';
import type { GoingItem } from './status.ts';
import { Watchers } from './watchers.ts';

/** A last checkpoint of a large model takes its time; then the process is ended. */
const GRACE_MS = 120_000;
const TOUCH_MS = 250;
const STEP_TOUCH_MS = 1000;
const QUEUE_EDIT = 'runs/queue';

export class RunsCore {
  readonly index: Database;
  readonly runsFolder: string;
  readonly notes: RunNotes;
  readonly ingest: RunIngest;
  readonly seriesQuery: SeriesQuery;
  readonly latest: LatestCache;
  readonly watchers = new Watchers();
  readonly queue: QueueService;
  readonly dryRuns: DryRuns;
  readonly #axes: Axes;
  readonly #options: RunsOptions;
  readonly #store: QueueStore;
  readonly #starter: Starter;
  readonly #notifier: Notifier;
  readonly #health: HealthCache;
  readonly #trash: RunTrash;
  #telling: Promise<void> = Promise.resolve();
  readonly #touched = new Map<'runs' | 'rollouts', { timer: NodeJS.Timeout; due: number }>();

  constructor(options: RunsOptions) {
    this.#options = options;
    this.index = options.index;
    this.runsFolder = join(options.workspace, 'runs');
    this.notes = new RunNotes(options.db);
    this.#store = new QueueStore(options.db);
    this.latest = new LatestCache(this.index);
    this.ingest = this.#makeIngest();
    this.#axes = new Axes(this.ingest.series);
    this.seriesQuery = new SeriesQuery(this.ingest.series, this.#axes);
    this.#notifier = new Notifier({
      push: options.push,
      webhookUrl: () => options.settings().webhookUrl,
    });
    this.#health = new HealthCache(this.index, this.ingest.series);
    this.#starter = this.#makeStarter();
    this.dryRuns = new DryRuns({
      db: options.db,
      workspace: options.workspace,
      supervisor: options.supervisor,
      freeze: (plan) => this.#freeze(plan),
      compute: (plan) => this.#compute(plan),
      modelOf: (plan) => this.#modelOf(plan),
      onChange: () => this.#touch('runs'),
    });
    this.queue = this.#makeQueue();
    options.history.define(QUEUE_EDIT, ({ items }) =>
      this.queue.put(z.array(queueItem).parse(items)),
    );
    this.#trash = new RunTrash({
      trash: options.trash,
      history: options.history,
      notes: this.notes,
      runsFolder: this.runsFolder,
      onChange: (run) => {
        this.ingest.nudge(run);
        this.#touch('runs');
      },
    });
  }

  start(): void {
    const cut = this.queue.recover(this.settings().autoResume);
    for (const { run } of cut) {
      if (run === null || lockHolder(this.folderOf(run)) !== undefined) continue;
      noteLabEvent(this.folderOf(run), 'interrupted', { reason: 'the app ended' });
    }
    this.ingest.start();
    this.queue.pump();
  }

  /** @throws LabError `run/missing` */
  find(id: string): IndexedRun {
    const run = this.ingest.runs.get(id);
    if (run !== undefined) return run;
    throw new LabError('run/missing', `[run] no run ${id} in this workspace`, {
      hint: 'It may have been removed: look in the trash.',
    });
  }

  folderOf(run: string): string {
    return join(this.runsFolder, run);
  }

  /** The process of a run, while it has one. */
  activeOf(run: string): ActiveRun | undefined {
    const active = this.#starter.training;
    return active?.run === run ? active : undefined;
  }

  itemOf(run: string): QueueItem | undefined {
    return this.#store.ofRun(run);
  }

  logOf(run: string): string[] {
    return [...(this.activeOf(run)?.log ?? readLog(this.folderOf(run)))];
  }

  annotate(run: string, change: RunNoteChange): void {
    this.#trash.annotate(run, change);
    this.#touch('runs');
  }

  async remove(run: IndexedRun): Promise<void> {
    if (this.activeOf(run.id) !== undefined || lockHolder(this.folderOf(run.id)) !== undefined) {
      throw new LabError('run/locked', `[run] ${run.id} is going`, { hint: 'Stop it first.' });
    }
    await this.#trash.remove(run.id);
    await this.ingest.settled();
  }

  resume(run: IndexedRun, steps: number | undefined): CommandResult {
    const item = resumeItem(run, this.itemOf(run.id), steps, this.notes.get(run.id).name);
    this.queue.startNow(item);
    const isFirst = this.queue.active?.id === item.id;
    const from = lastCheckpoint(this.folderOf(run.id))?.step ?? 0;
    return {
      accepted: true,
      step: from,
      message: isFirst ? `Goes on from step ${from}.` : 'Goes on when the active run has ended.',
    };
  }

  /** An event that names no step belongs to the one that was done by then. */
  events({ rid }: IndexedRun, after: number, limit: number): RunEventRow[] {
    return this.ingest.events
      .after(rid, after, limit)
      .map((event) =>
        event.step === null ? { ...event, step: this.#axes.stepAtTime(rid, event.at) } : event,
      );
  }

  evaluations(run: string | undefined): EvaluationResult[] {
    const stored = this.#options.db
      .prepare<[string | null, string | null], { result: string }>(
        'SELECT result FROM evaluation WHERE ? IS NULL OR run = ? ORDER BY at',
      )
      .all(run ?? null, run ?? null)
      // Written by #saveEvaluation below.
      .map(({ result }) => JSON.parse(result) as EvaluationResult);
    const runs = run === undefined ? this.ingest.runs.all() : [this.find(run)];
    return [...runs.flatMap(({ rid }) => evaluationsOf(rid, this.index)), ...stored].sort(
      (a, b) => a.at - b.at,
    );
  }

  settings(): RunSettings {
    return {
      autoResume: this.#store.readState('auto-resume', false),
      restartLimit: this.#store.readState('restart-limit', 3),
    };
  }

  setSettings(change: {
    autoResume?: boolean | undefined;
    restartLimit?: number | undefined;
  }): RunSettings {
    if (change.autoResume !== undefined) this.#store.writeState('auto-resume', change.autoResume);
    if (change.restartLimit !== undefined) {
      this.#store.writeState('restart-limit', change.restartLimit);
    }
    this.#touch('runs');
    return this.settings();
  }

  /** The item that is going with its process, for the status bar. */
  get going(): GoingItem | undefined {
    const item = this.queue.active;
    if (item === undefined) return undefined;
    const run = item.run === null ? undefined : this.ingest.runs.get(item.run);
    return { item, run, active: this.#starter.active, folder: this.runsFolder };
  }

  health(run: IndexedRun): HealthSignal[] {
    return this.#health.of(run);
  }

  async dispose(): Promise<void> {
    this.dryRuns.dispose();
    await this.queue.dispose();
    await this.#telling;
    await this.ingest.dispose();
    await this.#notifier.settled();
    this.watchers.dispose();
    for (const { timer } of this.#touched.values()) clearTimeout(timer);
  }

  #makeIngest(): RunIngest {
    return new RunIngest({
      db: this.index,
      folder: this.runsFolder,
      rollouts: this.#options.rollouts,
      onChange: (run, { hasSteps }) => {
        const rid = this.ingest.runs.get(run)?.rid;
        if (rid !== undefined) this.latest.forget(rid);
        this.watchers.ring(run);
        this.#touch('runs', hasSteps ? STEP_TOUCH_MS : TOUCH_MS);
      },
      onRollouts: (run) => {
        this.watchers.ring(run);
        this.#touch('rollouts');
      },
      onRemoved: () => {
        // Numbers of runs that are gone are given again.
        this.latest.clear();
        this.#touch('runs');
      },
      onProblem: (problem) => this.#options.push(problemNotice(problem, this.#options.workspace)),
    });
  }

  #makeStarter(): Starter {
    return new Starter({
      workspace: this.#options.workspace,
      runs: this.runsFolder,
      supervisor: { graceMs: GRACE_MS, ...this.#options.supervisor },
      restartDelayMs: this.#options.restartDelayMs,
      restartLimit: () => this.settings().restartLimit,
      compute: () => this.#options.settings(),
      onRun: (item, run, parent) => {
        const known = this.notes.get(run);
        const isNew = known.item === null;
        this.notes.change(run, {
          item: item.id,
          ...(isNew ? { name: item.name } : {}),
          ...(parent === null ? {} : { parent }),
        });
        this.queue.setRun(run);
        this.ingest.setLive(run, true);
      },
      onRestart: (item, run, step) =>
        this.#options.push({
          room: 'runs',
          level: 'info',
          title: `${item.name} crashed and goes on`,
          text: step === 0 ? 'It begins again: there is no checkpoint yet.' : `From step ${step}.`,
          href: `/runs/${run}`,
        }),
      onChange: () => this.#onActive(),
      onProcessEnd: (run, log) => {
        writeLog(this.folderOf(run), log);
        this.ingest.nudge(run);
      },
      saveEvaluation: (result) => this.#saveEvaluation(result),
    });
  }

  #makeQueue(): QueueService {
    return new QueueService({
      store: this.#store,
      workspace: this.#options.workspace,
      starter: this.#starter,
      freeze: (plan) => this.#freeze(plan),
      expectedOf: (hash) => this.dryRuns.expectedOf(hash),
      valueOf: (item, gate) => this.#valueOf(item, gate),
      settled: (item) => this.#settled(item),
      onChange: () => this.#touch('runs'),
      onEdit: (label, before, after) =>
        this.#options.history.record({
          label,
          undo: { kind: QUEUE_EDIT, data: { items: before } },
          redo: { kind: QUEUE_EDIT, data: { items: after } },
        }),
      onEnd: (item) => {
        // What cannot be told must not keep the next item from starting.
        this.#telling = this.#telling.then(() => this.#onEnd(item)).catch(() => undefined);
      },
    });
  }

  #onActive(): void {
    const active = this.#starter.active;
    if (active === undefined) return;
    this.queue.setState(active.state);
    if (active.run !== null) {
      this.ingest.nudge(active.run);
      this.watchers.ring(active.run);
    }
    this.#touch('runs', STEP_TOUCH_MS);
  }

  async #settled({ run }: QueueItem): Promise<void> {
    if (run !== null) this.ingest.nudge(run);
    await this.ingest.settled();
  }

  async #onEnd(item: QueueItem): Promise<void> {
    const run = item.run === null ? undefined : this.ingest.runs.get(item.run);
    const values = run === undefined ? {} : this.latest.of(run.rid);
    const evaluation = this.evaluations(undefined).find((result) => result.item === item.id);
    this.#notifier.ended(item, {
      step: run?.step ?? null,
      steps: run?.steps ?? null,
      values: evaluation === undefined ? values : { 'evaluation/accuracy': evaluation.accuracy },
    });
    if (item.run !== null) this.watchers.ring(item.run);
    this.#touch('runs');
  }

  #freeze(plan: RunPlan): Promise<Frozen> {
    const { tools, resolveSaved, materialise } = this.#options;
    return freezePlan(plan, { tools, resolveSaved, materialise });
  }

  #compute(plan: TrainPlan): { device: 'auto' | 'cpu' | 'cuda'; threads?: number } {
    const usual = this.#options.settings();
    const device = plan.device === 'auto' ? usual.device : plan.device;
    const threads = plan.threads ?? usual.threads;
    return threads === null ? { device } : { device, threads };
  }

  /** For a dry run a model that is not made yet is the one the configuration names. */
  #modelOf({ model }: TrainPlan): string | undefined {
    if (model === undefined || !('run' in model)) return undefined;
    return lastCheckpoint(this.folderOf(model.run))?.path;
  }

  #valueOf(item: QueueItem, gate: QueueGate): number | undefined {
    if (item.kind === 'eval') {
      const result = this.evaluations(undefined).findLast((found) => found.item === item.id);
      return gate.metric === 'evaluation/accuracy' ? result?.accuracy : undefined;
    }
    const run = item.run === null ? undefined : this.ingest.runs.get(item.run);
    const series = run === undefined ? undefined : this.ingest.series.find(run.rid, gate.metric);
    const best = gate.op === '>=' ? series?.max : series?.min;
    return (gate.take === 'best' ? best : series?.last) ?? undefined;
  }

  #saveEvaluation(result: EvaluationResult): void {
    this.#options.db
      .prepare('INSERT INTO evaluation (id, item, run, step, at, result) VALUES (?, ?, ?, ?, ?, ?)')
      .run(result.id, result.item, result.run, result.step, result.at, JSON.stringify(result));
  }

  /** Windows ask again at most four times a second, and for mere steps once a second. */
  #touch(room: 'runs' | 'rollouts', ms = TOUCH_MS): void {
    const due = performance.now() + ms;
    const waiting = this.#touched.get(room);
    if (waiting !== undefined && waiting.due <= due) return;
    clearTimeout(waiting?.timer);
    const timer = setTimeout(() => {
      this.#touched.delete(room);
      this.#options.touch(room);
    }, ms).unref();
    this.#touched.set(room, { timer, due });
  }
}
