/**
 * Starts queue items. A frozen item comes in with the one before it; a training process with its run
 * folder, or an evaluation, runs to its end; how it ended goes out.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../../../shared/errors.ts';
import type { EvaluationResult } from '../../../shared/model/app-run.ts';
import type { ModelSource, QueueItem } from '../../../shared/model/run-queue.ts';
import { jobParams } from '../../../shared/protocol/jobs.ts';
import type { SupervisorOptions } from '../../engine/supervisor.ts';
import { ActiveRun } from '../active-run.ts';
import { lastCheckpoint, listSteps, type StepFile } from '../run-files.ts';
import { lockHolder } from '../run-lock.ts';
import { ActiveEval } from './active-eval.ts';
import { writeFrozen } from './freeze.ts';
import type { ItemEnd, ItemStarter } from './queue.ts';

export interface StarterOptions {
  readonly workspace: string;
  /** Folder of run folders. */
  readonly runs: string;
  readonly supervisor?: SupervisorOptions | undefined;
  readonly restartDelayMs?: number | undefined;
  readonly restartLimit: () => number;
  /** Device and threads of the workspace's settings, for plans that leave them open. */
  readonly compute: () => { device: 'auto' | 'cpu' | 'cuda'; threads: number | null };
  /** The run of an item got its folder. */
  onRun(item: QueueItem, run: string, parent: { run: string; step: number } | null): void;
  /** The process of a run crashed; it goes on from a checkpoint. */
  onRestart(item: QueueItem, run: string, step: number): void;
  onChange(): void;
  /** The process of a run ended: its last lines. */
  onProcessEnd(run: string, log: readonly string[]): void;
  saveEvaluation(result: EvaluationResult): void;
}

interface Begin {
  readonly path: string | undefined;
  readonly parent: { readonly run: string; readonly step: number } | null;
}

export class Starter implements ItemStarter {
  readonly #options: StarterOptions;
  #active: ActiveRun | ActiveEval | undefined;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  /** The process that is going, if it trains. */
  get training(): ActiveRun | undefined {
    return this.#active instanceof ActiveRun ? this.#active : undefined;
  }

  get active(): ActiveRun | ActiveEval | undefined {
    return this.#active;
  }

  stopActive(): void {
    this.#active?.stop();
  }

  async start(item: QueueItem, previous: QueueItem | undefined): Promise<ItemEnd> {
    try {
      return item.plan.kind === 'eval'
        ? await this.#evaluate(item, previous)
        : await this.#train(item, previous);
    } finally {
      this.#active = undefined;
    }
  }

  async #train(item: QueueItem, previous: QueueItem | undefined): Promise<ItemEnd> {
    const { runs, supervisor, restartDelayMs, restartLimit, onChange } = this.#options;
    const isResumed = item.run !== null && existsSync(join(runs, item.run, 'run.json'));
    const begin: Begin = isResumed
      ? { path: undefined, parent: null }
      : this.#modelOf(item.plan.model, previous);
    const active = new ActiveRun({
      runs,
      run: isResumed ? item.run : null,
      params: isResumed ? this.#resumeParams(item) : this.#startParams(item, begin),
      restartLimit,
      restartDelayMs,
      supervisor,
      onStarted: (run) => this.#options.onRun(item, run, begin.parent),
      onRestart: (run, step) => this.#options.onRestart(item, run, step),
      onChange,
    });
    this.#active = active;
    if (isResumed) await untilLetGo(join(runs, item.run ?? ''));
    const end = await active.toEnd();
    rmSync(this.#frozenFile(item), { force: true });
    if (active.run !== null) this.#options.onProcessEnd(active.run, active.log);
    return end.kind === 'failed' ? { status: 'failed', error: end.error } : { status: end.kind };
  }

  #startParams(item: QueueItem, begin: Begin) {
    return {
      action: 'start' as const,
      recipe: writeFrozen(this.#frozenFile(item), item.config),
      runs: this.#options.runs,
      ...(begin.path === undefined ? {} : { model: begin.path }),
      ...this.#compute(item),
    };
  }

  /** What the engine starts from; the truth is in the database. */
  #frozenFile(item: QueueItem): string {
    return join(this.#options.workspace, 'queue', `${item.id}.json`);
  }

  #resumeParams(item: QueueItem) {
    const steps = item.plan.kind === 'train' ? item.plan.steps : undefined;
    return {
      action: 'resume' as const,
      run: item.run ?? '',
      runs: this.#options.runs,
      ...this.#compute(item),
      ...(steps === undefined ? {} : { steps }),
    };
  }

  async #evaluate(item: QueueItem, previous: QueueItem | undefined): Promise<ItemEnd> {
    const begin = this.#modelOf(item.plan.model, previous);
    const { supervisor, onChange } = this.#options;
    const config = jobParams.eval.parse({ ...item.config, ...this.#compute(item) });
    const params = begin.path === undefined ? config : { ...config, model: begin.path };
    const active = new ActiveEval({ params, supervisor, onChange });
    this.#active = active;
    const end = await active.toEnd();
    if (end.kind === 'failed') return { status: 'failed', error: end.error };
    if (end.kind === 'cancelled') return { status: 'cancelled' };
    this.#options.saveEvaluation({
      id: randomUUID().slice(0, 8),
      item: item.id,
      run: begin.parent?.run ?? null,
      step: begin.parent?.step ?? null,
      model: begin.path ?? 'starter',
      at: Date.now(),
      split: config.split,
      ...end.result,
    });
    return { status: 'finished' };
  }

  #compute(item: QueueItem): { device: 'auto' | 'cpu' | 'cuda'; threads?: number } {
    const usual = this.#options.compute();
    const device = item.plan.device === 'auto' ? usual.device : item.plan.device;
    const threads = item.plan.threads ?? usual.threads;
    return threads === null ? { device } : { device, threads };
  }

  /** @throws LabError `checkpoint/missing` */
  #modelOf(source: ModelSource | undefined, previous: QueueItem | undefined): Begin {
    if (source === undefined) return { path: undefined, parent: null };
    if ('path' in source) {
      return { path: source.path === 'starter' ? undefined : source.path, parent: null };
    }
    if ('run' in source) return this.#checkpointOf(source.run, source.step);
    if (previous === undefined) {
      throw new LabError('checkpoint/missing', '[queue] there is no item before this one', {
        hint: 'Choose a model, or put the item after the run it goes on from.',
      });
    }
    if (previous.run !== null) return this.#checkpointOf(previous.run, undefined);
    // An evaluation makes no model: what it looked at is passed on.
    const { model } = previous.plan;
    return this.#modelOf(
      model !== undefined && 'fromPrevious' in model ? undefined : model,
      undefined,
    );
  }

  #checkpointOf(run: string, step: number | undefined): Begin {
    const folder = join(this.#options.runs, run);
    const found: StepFile | undefined =
      step === undefined
        ? lastCheckpoint(folder)
        : listSteps(join(folder, 'checkpoints'), '').find((checkpoint) => checkpoint.step === step);
    if (found !== undefined) return { path: found.path, parent: { run, step: found.step } };
    throw new LabError(
      'checkpoint/missing',
      `[queue] run ${run} has no checkpoint${step === undefined ? '' : ` of step ${step}`}`,
    );
  }
}

/** How long an engine whose app was killed may take to save and end. */
const ORPHAN_MS = 45_000;

/** The engine of an app that was killed still writes the run: it notices and lets go. */
async function untilLetGo(folder: string): Promise<void> {
  const last = performance.now() + ORPHAN_MS;
  while (lockHolder(folder) !== undefined && performance.now() < last) await sleep(250);
}
