/**
 * A run from step to step: metrics and rollouts to its folder, checkpoints, resume. What is announced
 * by an event is on disk; killed at any moment, a run goes on from its last checkpoint and, on the
 * CPU, gives the same numbers as one that was never stopped.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { loadCheckpoint, saveCheckpoint } from '../loop/checkpoint.ts';
import type { Learner } from '../policy/learner.ts';
import { listCheckpoints } from '../run-folder/read.ts';
import type { RunFolder } from '../run-folder/run-folder.ts';
import { RunControl } from './control.ts';
import { type Evaluator, evaluationValues } from './evaluator.ts';
import type { Stepper, StepResult } from './step.ts';

export interface RunPlan {
  readonly steps: number;
  /** Steps between checkpoints; the last step always has one. */
  readonly checkpointEvery: number | undefined;
  readonly keepCheckpoints: number;
  /** Folder whose tokenizer and processor go into every checkpoint. */
  readonly source: string;
  /** Added to the step in files and reports, for a run of several parts. */
  readonly firstStep?: number;
  /** Steps between evaluations, the start and the end included. */
  readonly evaluateEvery?: number | undefined;
}

export interface RunWork {
  readonly learner: Learner;
  readonly stepper: Stepper;
  /** Steps done already. */
  readonly from: number;
  /** Changes while it runs; absent = none are taken. */
  readonly control?: RunControl;
  readonly evaluator?: Evaluator | undefined;
}

export interface RunHooks {
  readonly signal: AbortSignal;
  onStep(step: number, result: StepResult): void;
  onCheckpoint(step: number, path: string): void;
  onEvent?(kind: string, data: JsonObject): void;
  /** Metrics of an evaluation; belong to the step they are told with. */
  onEvaluation?(step: number, metrics: Readonly<Record<string, number>>): void;
}

/**
 * Steps from `from` (0 = a fresh run) to the plan's end, or to where a person stops it.
 * @returns the last step done, and whether a person stopped it there
 * @throws LabError `train/non-finite` (what the step saw is stored), `engine/cancelled`
 */
export async function runSteps(
  folder: RunFolder,
  work: RunWork,
  plan: RunPlan,
  hooks: RunHooks,
): Promise<{ readonly step: number; readonly isStopped: boolean }> {
  const control = work.control ?? new RunControl({ ...plan, klWeight: undefined, record() {} });
  const border = new StepBorder(folder, { ...work, control }, plan, hooks);
  // A resumed run evaluated its checkpoint when it wrote it, unless it was killed in between.
  if (!folder.hasEvaluation(border.offset + work.from))
    await border.evaluateIfDue(work.from, work.from === 0);
  let step = work.from + 1;
  for (; await border.goesOnTo(step); step++) {
    const settings = control.begin(step);
    const result = hooks.signal.aborted
      ? 'stopped'
      : await guarded(folder, border.offset + step, work.stepper, () =>
          untilStopped(hooks.signal, () =>
            work.stepper.step(step, { signal: hooks.signal, ...settings }),
          ),
        );
    if (result === 'stopped') await border.stop(step - 1);
    else await border.record(step, result);
    await border.pass(step);
  }
  await border.end(step - 1);
  return { step: step - 1, isStopped: control.isStopped };
}

/** Between two steps: what a step leaves on disk, and what a person or the plan asks for there. */
class StepBorder {
  readonly offset: number;
  readonly #folder: RunFolder;
  readonly #work: RunWork & { readonly control: RunControl };
  readonly #plan: RunPlan;
  readonly #hooks: RunHooks;
  #saved: number;

  constructor(
    folder: RunFolder,
    work: RunWork & { readonly control: RunControl },
    plan: RunPlan,
    hooks: RunHooks,
  ) {
    this.#folder = folder;
    this.#work = work;
    this.#plan = plan;
    this.#hooks = hooks;
    this.#saved = work.from;
    this.offset = plan.firstStep ?? 0;
  }

  async record(step: number, result: StepResult): Promise<void> {
    const folder = this.#folder;
    folder.appendMetrics(this.offset + step, result.metrics);
    if (result.rollouts.length > 0) await folder.writeRollouts(this.offset + step, result.rollouts);
    this.#hooks.onStep(this.offset + step, result);
  }

  /** What is due after a step. */
  async pass(step: number): Promise<void> {
    const { control } = this.#work;
    const isLast = !(step + 1 <= control.stopStep);
    const { checkpointEvery = Number.POSITIVE_INFINITY } = this.#plan;
    const isDue = step % checkpointEvery === 0 && !isLast;
    if (isDue || control.take('checkpoint-now')) await this.#checkpoint(step);
    await this.evaluateIfDue(step, isLast);
  }

  /** Waits while the run is paused. @returns whether the step is to be done */
  async goesOnTo(step: number): Promise<boolean> {
    const { control } = this.#work;
    if (!control.goesOnTo(step)) return false;
    if (!control.isPaused) return true;
    // A pause may be long, and end with the machine.
    if (this.#saved < step - 1) await this.#checkpoint(step - 1);
    this.#event('paused', { step: this.offset + step - 1 });
    await control.untilResumed(this.#hooks.signal);
    if (!this.#hooks.signal.aborted) this.#event('unpaused', { step: this.offset + step - 1 });
    return control.goesOnTo(step);
  }

  /** @param isEnd the start or the end of a run that evaluates at all */
  async evaluateIfDue(step: number, isEnd: boolean): Promise<void> {
    const { evaluator, control } = this.#work;
    const { evaluateEvery } = this.#plan;
    const isPlanned =
      evaluateEvery !== undefined && (isEnd || (step > 0 && step % evaluateEvery === 0));
    const isAsked = control.take('evaluate-now');
    if (evaluator === undefined || !(isPlanned || isAsked) || this.#hooks.signal.aborted) return;
    const at = this.offset + step;
    const record = await untilStopped(this.#hooks.signal, () =>
      evaluator.evaluate(at, isPlanned ? 'planned' : 'asked', this.#hooks.signal),
    );
    // Asked to stop in the middle: the loop sees the signal next.
    if (record === 'stopped') return;
    const path = await this.#folder.writeEvaluation(at, record);
    const metrics = evaluationValues(record);
    this.#folder.appendMetrics(at, metrics);
    const { n, accuracy, ci95, reason } = record;
    this.#event('evaluated', { step: at, n, accuracy, ci95, reason, path });
    this.#hooks.onEvaluation?.(at, metrics);
  }

  /** Ends a run that was asked to stop at once. */
  async stop(done: number): Promise<never> {
    if (this.#saved < done) await this.#checkpoint(done);
    const { stopStep } = this.#work.control;
    throw new LabError('engine/cancelled', `stopped after step ${done} of ${stopStep}`, {
      hint: 'resume with: rationale run resume latest',
    });
  }

  async end(done: number): Promise<void> {
    if (this.#saved < done) await this.#checkpoint(done);
  }

  async #checkpoint(step: number): Promise<void> {
    const path = this.#folder.checkpointPath(this.offset + step);
    await saveCheckpoint(path, this.#work.learner, {
      source: this.#plan.source,
      position: { step, stages: {} },
    });
    this.#folder.appendEvent('checkpoint', { step: this.offset + step, path });
    this.#hooks.onCheckpoint(this.offset + step, path);
    this.#saved = step;
    await dropOldCheckpoints(this.#folder, this.#plan.keepCheckpoints);
  }

  #event(kind: string, data: JsonObject): void {
    this.#folder.appendEvent(kind, data);
    this.#hooks.onEvent?.(kind, data);
  }
}

/** The newest checkpoint of a run put into the learner. @returns the steps done, 0 without a checkpoint */
export function resumePosition(folder: RunFolder, learner: Learner): number {
  const newest = listCheckpoints(folder.path).at(-1);
  return newest === undefined ? 0 : loadCheckpoint(newest.path, learner).step;
}

/** Only sampling is cut short, so a step that was stopped has moved no weight and can be done again. */
async function untilStopped<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | 'stopped'> {
  try {
    return await work();
  } catch (thrown) {
    const isStop =
      thrown === signal.reason ||
      (thrown instanceof LabError && thrown.code === 'engine/cancelled');
    if (signal.aborted && isStop) return 'stopped';
    throw thrown;
  }
}

/** A step that ends in a non-finite number leaves what it saw beside the run. */
async function guarded<T>(
  folder: RunFolder,
  step: number,
  stepper: Stepper,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = LabError.from(thrown);
    if (error.code !== 'train/non-finite') throw error;
    const path = join(folder.path, `non-finite-step-${step}.json`);
    const { items, rollouts } = stepper.lastSeen();
    const seen = { step, items, rollouts, error: error.toWire() };
    await writeFileAtomic(path, `${JSON.stringify(seen, null, 2)}\n`);
    throw new LabError(error.code, `step ${step}: ${error.message}`, {
      hint: error.hint,
      details: { ...error.details, step, stored: path },
      cause: error,
    });
  }
}

async function dropOldCheckpoints(folder: RunFolder, keep: number): Promise<void> {
  for (const old of listCheckpoints(folder.path).slice(0, -keep)) {
    await rm(old.path, { recursive: true, force: true });
  }
}
