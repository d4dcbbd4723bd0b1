/**
 * What the steppers of all shapes share: the form of a step and its result, the items of a step, what
 * an update is told, and the meter of times and memory.
 */
import type { RolloutRow } from '../../shared/protocol/results.ts';
import type { Item } from '../data/item.ts';
import { itemsOfStep } from '../data/sampler.ts';
import { withTimeLimit } from '../files/time-limit.ts';
import { scheduleFactor } from '../optimizer/schedule.ts';
import type { ResolvedRecipe } from '../recipes/resolve.ts';
import type { Assembled } from './assemble.ts';

export interface StepResult {
  readonly metrics: Readonly<Record<string, number>>;
  readonly rollouts: readonly RolloutRow[];
}

export interface StepContext {
  readonly signal?: AbortSignal;
  /** Factor on the scheduled rate. */
  readonly lrScale?: number;
  /** Instead of the recipe's KL coefficient. */
  readonly klWeight?: number | undefined;
}

/** What the step under way, or the last one, has seen so far. */
export interface SeenBatch {
  /** Ids of its items; in online RL with the round and place of the draw behind a #. */
  readonly items: readonly string[];
  readonly rollouts: readonly RolloutRow[];
}

export interface Stepper {
  /** Counts from 1. @throws LabError `train/non-finite`, `dataset/*`, `engine/cancelled` */
  step(step: number, context: StepContext): Promise<StepResult>;
  lastSeen(): SeenBatch;
  dispose(): void;
}

/** What every loop is told about one update. */
export function updateOptions(recipe: ResolvedRecipe, step: number, { lrScale = 1 }: StepContext) {
  const { optimizer, schedule, training } = recipe.slots;
  const planned = optimizer.learningRate * scheduleFactor(schedule, step - 1, training.steps);
  return {
    learningRate: planned * lrScale,
    maxGradNorm: optimizer.maxGradNorm ?? Number.POSITIVE_INFINITY,
    tokensPerPass: training.tokensPerPass,
  };
}

export function stepItems(recipe: ResolvedRecipe, parts: Assembled, step: number): Promise<Item[]> {
  const { data, training } = recipe.slots;
  return itemsOfStep(parts.source, step - 1, {
    seed: training.seed,
    perStep: training.promptsPerStep,
    shuffle: data.shuffle,
    limit: data.limit ?? undefined,
  });
}

/** Times of one step by stage, and the memory at its end. */
export class StepMeter {
  readonly #times = new Map<string, number>();
  #last = performance.now();

  /** Stages of several rounds add up. */
  readonly add = (stage: string, milliseconds: number): void => {
    const name = `timing/${stage}_ms`;
    this.#times.set(name, (this.#times.get(name) ?? 0) + milliseconds);
  };

  /** Counts what passed since the meter was made, or since the last lap. */
  lap(stage: string): void {
    const now = performance.now();
    this.add(stage, now - this.#last);
    this.#last = now;
  }

  values(): Record<string, number> {
    return { ...Object.fromEntries(this.#times), 'memory/rss_bytes': process.memoryUsage.rss() };
  }
}

/** Far above what tokenizing one step takes. */
const PREPARE_LIMIT_MS = 120_000;

export function prepare<T>(work: () => T): T {
  return withTimeLimit('preparing a step', PREPARE_LIMIT_MS, work);
}
