/**
 * A run from step to step: metrics and rollouts to its folder, checkpoints, resume. What is announced
 * by an event is on disk; killed at any moment, a run goes on from its last checkpoint and, on the
 * CPU, gives the same numbers as one that was never stopped.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { loadCheckpoint, saveCheckpoint } from '../loop/checkpoint.ts';
import type { Rollout } from '../loop/online-types.ts';
import type { Learner } from '../policy/learner.ts';
import { listCheckpoints } from '../run-folder/read.ts';
import type { RunFolder } from '../run-folder/run-folder.ts';
import type { Stepper, StepResult } from './stepper.ts';

export interface RunPlan {
  readonly steps: number;
  /** Steps between checkpoints; the last step always has one. */
  readonly checkpointEvery: number | undefined;
  readonly keepCheckpoints: number;
  /** Folder whose tokenizer and processor go into every checkpoint. */
  readonly source: string;
  /** Added to the step in files and reports, for a run of several parts. */
  readonly firstStep?: number;
}

export interface RunHooks {
  readonly signal: AbortSignal;
  onStep(step: number, result: StepResult): void;
  onCheckpoint(step: number, path: string): void;
}

/**
 * Steps from `from` (0 = a fresh run) to the plan's end.
 * @throws LabError `train/non-finite` (what the step saw is stored), `engine/cancelled`
 */
export async function runSteps(
  folder: RunFolder,
  work: { readonly learner: Learner; readonly stepper: Stepper; readonly from: number },
  plan: RunPlan,
  hooks: RunHooks,
): Promise<void> {
  const offset = plan.firstStep ?? 0;
  let saved = work.from;
  const checkpoint = async (step: number) => {
    const path = folder.checkpointPath(offset + step);
    await saveCheckpoint(path, work.learner, {
      source: plan.source,
      position: { step, stages: {} },
    });
    folder.appendEvent('checkpoint', { step: offset + step, path });
    hooks.onCheckpoint(offset + step, path);
    saved = step;
    await dropOldCheckpoints(folder, plan.keepCheckpoints);
  };
  for (let step = work.from + 1; step <= plan.steps; step++) {
    const result = hooks.signal.aborted
      ? 'stopped'
      : await guarded(folder, offset + step, work.stepper, () =>
          untilStopped(hooks.signal, () => work.stepper.step(step, { signal: hooks.signal })),
        );
    if (result === 'stopped') {
      if (saved < step - 1) await checkpoint(step - 1);
      throw new LabError('engine/cancelled', `stopped after step ${step - 1} of ${plan.steps}`, {
        hint: 'resume with: rationale run resume latest',
      });
    }
    folder.appendMetrics(offset + step, result.metrics);
    if (result.rollouts.length > 0)
      await folder.writeRollouts(offset + step, result.rollouts.map(rolloutRow));
    hooks.onStep(offset + step, result);
    if (step % (plan.checkpointEvery ?? Number.POSITIVE_INFINITY) === 0 && step < plan.steps)
      await checkpoint(step);
  }
  if (saved < plan.steps) await checkpoint(plan.steps);
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
    const seen = { step, items, rollouts: rollouts.map(rolloutRow), error: error.toWire() };
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

/** One line of a rollout file. */
export function rolloutRow(rollout: Rollout): Record<string, unknown> {
  const round = (values: Float32Array) => Array.from(values, (value) => Number(value.toFixed(4)));
  return {
    prompt: rollout.prompt.id,
    sample: rollout.sample,
    text: rollout.text,
    reward: rollout.reward,
    terms: rollout.terms,
    advantage: rollout.advantage,
    finish: rollout.completion.finish,
    ids: [...rollout.completion.ids],
    logprobs: round(rollout.completion.logprobs),
    entropy: round(rollout.completion.entropy),
  };
}
