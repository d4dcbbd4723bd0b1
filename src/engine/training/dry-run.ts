/**
 * What a run will cost, measured: a resolved recipe in, one real step on weights that nobody keeps,
 * and memory, speed, duration and disk of the whole run out. A step too long to be tried whole is
 * measured on one prompt and scaled.
 */
import { readdirSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import type { dryRunResult } from '../../shared/protocol/results.ts';
import { checkPlan } from '../recipes/check-plan.ts';
import type { ResolvedRecipe } from '../recipes/resolve.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Assembled, assemble } from './assemble.ts';
import { makeEvaluator } from './evaluator.ts';
import type { StepResult } from './step.ts';
import { makeStepper } from './stepper.ts';

type Result = z.output<typeof dryRunResult>;
type Warning = Result['warnings'][number];

export interface DryRunHooks {
  readonly signal: AbortSignal;
  onStage(stage: string, done: number): void;
}

/** A whole step is tried up to this expected duration. */
const WHOLE_STEP_SECONDS = 60;
const EVALUATED = 16;
const DAY_SECONDS = 86_400;
const STAGES = 4;

interface Measured {
  readonly step: StepResult;
  readonly seconds: number;
  /** How often what was measured goes into a step of the recipe. */
  readonly scale: number;
}

/** @throws LabError whatever the first step of the run would throw */
export async function dryRun(
  runtime: Runtime,
  recipe: ResolvedRecipe,
  hooks: DryRunHooks,
): Promise<Result> {
  hooks.onStage('loading', 0);
  const parts = assemble(runtime, recipe);
  try {
    const loadedBytes = process.memoryUsage.rss();
    const measured = await measure(recipe, parts, hooks);
    hooks.onStage('evaluation', 3);
    const evaluation = await evaluationSeconds(recipe, parts, hooks.signal);
    hooks.onStage('done', STAGES);
    return resultOf(recipe, parts, { ...measured, loadedBytes, evaluation });
  } finally {
    parts.dispose();
  }
}

/** One prompt first, which also compiles what a step needs; then the step, as large as it may be. */
async function measure(
  recipe: ResolvedRecipe,
  parts: Assembled,
  hooks: DryRunHooks,
): Promise<Measured> {
  const { promptsPerStep } = recipe.slots.training;
  const single = withPrompts(recipe, 1);
  hooks.onStage('one prompt', 1);
  await timedStep(single, parts, { step: 1, signal: hooks.signal });
  const one = await timedStep(single, parts, { step: 2, signal: hooks.signal });
  hooks.onStage('one step', 2);
  if (promptsPerStep === 1 || one.seconds * promptsPerStep > WHOLE_STEP_SECONDS)
    return { ...one, scale: promptsPerStep };
  return { ...(await timedStep(recipe, parts, { step: 1, signal: hooks.signal })), scale: 1 };
}

function withPrompts(recipe: ResolvedRecipe, promptsPerStep: number): ResolvedRecipe {
  const training = { ...recipe.slots.training, promptsPerStep, updatesPerStep: 1 };
  // Only numbers of one slot change; the shape and its slots stay what they are.
  return { ...recipe, slots: { ...recipe.slots, training } } as ResolvedRecipe;
}

async function timedStep(
  recipe: ResolvedRecipe,
  parts: Assembled,
  { step, signal }: { readonly step: number; readonly signal: AbortSignal },
): Promise<{ readonly step: StepResult; readonly seconds: number }> {
  const stepper = makeStepper(recipe, parts);
  try {
    const started = performance.now();
    const result = await stepper.step(step, { signal });
    return { step: result, seconds: (performance.now() - started) / 1000 };
  } finally {
    stepper.dispose();
  }
}

/** Of all evaluations of the run, from a few answers. */
async function evaluationSeconds(
  recipe: ResolvedRecipe,
  parts: Assembled,
  signal: AbortSignal,
): Promise<number> {
  const { training, evaluation } = recipe.slots;
  if (training.evaluateEvery === null) return 0;
  const few = { ...evaluation, n: Math.min(evaluation.n, EVALUATED) };
  const slots = { ...recipe.slots, evaluation: few };
  const evaluator = makeEvaluator({ ...recipe, slots } as ResolvedRecipe, parts); // as above
  if (evaluator === undefined) return 0;
  const record = await evaluator.evaluate(0, 'planned', signal);
  const times = 1 + Math.ceil(training.steps / training.evaluateEvery);
  return (times * record.seconds * evaluation.n) / Math.max(1, record.n);
}

interface Findings extends Measured {
  readonly loadedBytes: number;
  readonly evaluation: number;
}

function resultOf(recipe: ResolvedRecipe, parts: Assembled, found: Findings): Result {
  const { training } = recipe.slots;
  const { metrics, rollouts } = found.step;
  const { scale } = found;
  const total = found.seconds * scale;
  const sampled = metrics['rollout/tokens'];
  const rolloutMs = metrics['timing/rollout_ms'];
  const packed = metrics['data/packed_tokens'];
  const rolloutBytes = rollouts.reduce((sum, row) => sum + JSON.stringify(row).length + 1, 0);
  const checkpointBytes = checkpointSize(parts);
  const kept = keptCheckpoints(recipe);
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return {
    kind: 'dry-run',
    recipe: recipe.id,
    shape: recipe.shape,
    steps: training.steps,
    device: parts.policy.runtime.device,
    peakBytes,
    loadedBytes: found.loadedBytes,
    ...parameterCounts(parts),
    rolloutTokensPerSecond:
      sampled === undefined || !rolloutMs ? null : (1000 * sampled) / rolloutMs,
    tokensPerSecond: packed === undefined ? null : packed / found.seconds,
    secondsPerStep: { total, stages: stagesOf(metrics, scale) },
    predictedSeconds: training.steps * total + found.evaluation,
    checkpointBytes,
    predictedDiskBytes: kept * checkpointBytes + training.steps * scale * rolloutBytes,
    freeDiskBytes: null,
    metrics: Object.fromEntries(
      Object.entries(metrics).filter(([, value]) => Number.isFinite(value)),
    ),
    warnings: warningsOf(recipe, found, { peakBytes, total }),
  };
}

/** Stages beside each other: what is timed inside another one is taken out of it. */
function stagesOf(
  metrics: Readonly<Record<string, number>>,
  scale: number,
): Record<string, number> {
  const seconds = new Map<string, number>();
  for (const [id, value] of Object.entries(metrics)) {
    const stage = /^timing\/(\w+)_ms$/.exec(id)?.[1];
    if (stage !== undefined) seconds.set(stage, (scale * value) / 1000);
  }
  for (const [inner, outer] of [
    ['prefill', 'rollout'],
    ['optimizer', 'update'],
  ] as const) {
    const [part, whole] = [seconds.get(inner), seconds.get(outer)];
    if (part !== undefined && whole !== undefined) seconds.set(outer, Math.max(0, whole - part));
  }
  return Object.fromEntries(seconds);
}

function parameterCounts({ policy }: Assembled) {
  const trained = new Set(policy.trainable);
  let [parameters, trainedParameters] = [0, 0];
  for (const [name, { size }] of policy.params) {
    parameters += size;
    if (trained.has(name)) trainedParameters += size;
  }
  return { parameters, trainedParameters };
}

const F32_BYTES = 4;

/** Trained weights and two moments for resuming, and the model (or its adapter) as a folder. */
function checkpointSize(parts: Assembled): number {
  const { parameters, trainedParameters } = parameterCounts(parts);
  const resumed = 3 * F32_BYTES * trainedParameters;
  if (parts.policy.lora !== undefined) return resumed + F32_BYTES * trainedParameters;
  const companions = readdirSync(parts.bundle.folder)
    .filter((name) => !name.endsWith('.safetensors'))
    .reduce((sum, name) => sum + statSync(join(parts.bundle.folder, name)).size, 0);
  return resumed + F32_BYTES * parameters + companions;
}

function keptCheckpoints({ slots: { training } }: ResolvedRecipe): number {
  const written =
    training.checkpointEvery === null ? 1 : Math.ceil(training.steps / training.checkpointEvery);
  return Math.min(written, training.keepCheckpoints);
}

function warningsOf(
  recipe: ResolvedRecipe,
  { step: { metrics }, scale }: Findings,
  { peakBytes, total }: { readonly peakBytes: number; readonly total: number },
): Warning[] {
  const found: Warning[] = checkPlan(recipe).map(({ message, hint, path }) => ({
    message: `${path}: ${message}`,
    hint: hint ?? null,
  }));
  const warn = (isSo: boolean, message: string, hint: string) => {
    if (isSo) found.push({ message, hint });
  };
  warn(
    scale > 1,
    `one of ${scale} prompts was measured: times are scaled, and a whole step takes more memory`,
    'training.tokensPerPass bounds what one pass takes.',
  );
  warn(
    metrics['rollout/zero_variance_share'] === 1,
    'no group had rewards that differ: such steps teach nothing',
    'Choose easier or harder prompts, a larger rollout.groupSize, or train the form first (sft).',
  );
  warn(
    (metrics['rollout/truncated_share'] ?? 0) > 0.5,
    'more than half of the completions were cut off',
    'Raise rollout.maxCompletionTokens.',
  );
  warn(
    peakBytes > 0.85 * totalmem(),
    `it took ${(peakBytes / 2 ** 30).toFixed(1)} of ${(totalmem() / 2 ** 30).toFixed(1)} GiB of memory`,
    'Lower training.tokensPerPass, or train factors with model.lora.',
  );
  warn(
    recipe.slots.training.steps * total > DAY_SECONDS,
    `the run would take ${((recipe.slots.training.steps * total) / DAY_SECONDS).toFixed(1)} days`,
    'Lower training.steps, training.promptsPerStep or rollout.groupSize.',
  );
  return found;
}
