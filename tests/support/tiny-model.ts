/**
 * The parity model (3 layers, hidden 64, random weights that matter) as a policy, random pictures and
 * prompts for it, and the gradients of one pass: what the policy, loop and rollout tests start from.
 */
import { packWeights, readModelFolder } from '../../src/engine/models/qwen2-5-vl/weights.ts';
import { ADAMW_DEFAULTS } from '../../src/engine/optimizer/adamw.ts';
import { Arena } from '../../src/engine/policy/arena.ts';
import { Learner } from '../../src/engine/policy/learner.ts';
import { packTrees } from '../../src/engine/policy/pack.ts';
import { boundWeights, filled, type Scores, Trunk } from '../../src/engine/policy/pass.ts';
import { Policy, type PolicyOptions } from '../../src/engine/policy/policy.ts';
import { scoreBranches, trimBranches } from '../../src/engine/policy/score.ts';
import type { Prompt, PromptTree, Visual } from '../../src/engine/policy/tree.ts';
import { Rng } from '../../src/engine/rng.ts';
import type { SamplingSettings } from '../../src/engine/rollout/generate.ts';
import type { Runtime } from '../../src/engine/runtime/runtime.ts';
import { PARITY_MODEL } from './public-fixture.ts';

const folder = readModelFolder(PARITY_MODEL);
export const TINY = folder.config;
/** Packed name -> host tensor. */
export const TINY_WEIGHTS = packWeights(folder.config, folder.tensors);
/** Ids from here on are special in the parity model's vocabulary. */
const FIRST_SPECIAL = 300;

export function tinyPolicy(
  runtime: Runtime,
  options: PolicyOptions & { readonly extra?: typeof TINY_WEIGHTS } = {},
): Policy {
  const { extra, ...rest } = options;
  return new Policy(runtime, TINY, new Map([...TINY_WEIGHTS, ...(extra ?? [])]), rest);
}

export function randomText(rng: Rng, length: number): Int32Array {
  return Int32Array.from({ length }, () => rng.int(0, FIRST_SPECIAL - 1));
}

/** @param grid patches in time, height, width */
export function randomVisual(
  rng: Rng,
  grid: readonly [number, number, number] = [1, 4, 4],
): Visual {
  const { inChannels, temporalPatchSize, patchSize } = TINY.vision;
  const width = inChannels * temporalPatchSize * patchSize ** 2;
  const patches = Float32Array.from({ length: grid[0] * grid[1] * grid[2] * width }, () =>
    rng.float(-1.5, 1.5),
  );
  return { kind: 'image', patches, grid };
}

/** Text, then every visual between its markers and more text. */
export function promptWith(rng: Rng, length: number, visuals: readonly Visual[] = []): Prompt {
  const merge = TINY.vision.spatialMergeSize ** 2;
  const ids = [...randomText(rng, length)];
  for (const { grid } of visuals) {
    const count = (grid[0] * grid[1] * grid[2]) / merge;
    ids.push(TINY.visionStartTokenId, ...new Array<number>(count).fill(TINY.imageTokenId));
    ids.push(TINY.visionEndTokenId, ...randomText(rng, 2));
  }
  return { ids: Int32Array.from(ids), visuals };
}

export function settings(over: Partial<SamplingSettings> = {}): SamplingSettings {
  const suppressed = new Uint8Array(TINY.text.vocabSize);
  suppressed.fill(1, TINY.imageTokenId);
  return {
    maxTokens: 12,
    temperature: 1,
    topK: 0,
    topP: 1,
    minP: 0,
    stopIds: [],
    suppressed,
    ...over,
  };
}

export interface Pass {
  readonly scores: Scores;
  readonly gradients: Map<string, Float32Array>;
}

/** Scores and gradients of trees under the same seed gradient per scored token, in branch order. */
export async function passOf(
  policy: Policy,
  trees: readonly PromptTree[],
  {
    temperature = 1,
    parts = [trees],
  }: { temperature?: number; parts?: PromptTree[][] | readonly (readonly PromptTree[])[] } = {},
): Promise<Pass> {
  const learner = new Learner(policy, ADAMW_DEFAULTS);
  const rng = Rng.from('seed gradients');
  const logprobs: number[] = [];
  const entropy: number[] = [];
  for (const part of parts) {
    const packed = packTrees(policy.config, trimBranches(part));
    const branches = scoreBranches(part, packed);
    const logprob = Float32Array.from(branches.index, () => rng.float(-1, 1));
    const entropyGradient = logprob.map((value) => 0.3 * value);
    const scores = await learner.accumulate(packed, { ...branches, temperature }, () => ({
      logprob,
      entropy: entropyGradient,
    }));
    logprobs.push(...scores.logprobs);
    entropy.push(...scores.entropy);
  }
  const gradients = new Map(policy.trainable.map((name) => [name, learner.gradients.read(name)]));
  learner.dispose();
  return {
    scores: { logprobs: Float32Array.from(logprobs), entropy: Float32Array.from(entropy) },
    gradients,
  };
}

/** Largest difference of two arrays over the largest value of the second. */
export function relativeDifference(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [worst, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(expected[i] ?? 0));
  }
  return worst === 0 ? 0 : worst / Math.max(largest, Number.MIN_VALUE);
}

/** Names and distances of gradients that are further apart than `limit`. */
export function differing(actual: Pass, expected: Pass, limit: number): [string, number][] {
  const pairs: [string, number][] = [...expected.gradients].map(([name, gradient]) => [
    name,
    relativeDifference(actual.gradients.get(name) ?? new Float32Array(), gradient),
  ]);
  pairs.push(['logprobs', relativeDifference(actual.scores.logprobs, expected.scores.logprobs)]);
  pairs.push(['entropy', relativeDifference(actual.scores.entropy, expected.scores.entropy)]);
  return pairs.filter(([, difference]) => !(difference <= limit));
}

/** Logits [V] that predict each token of a completion, from one pass without a cache. */
export async function logitsOf(
  policy: Policy,
  prompt: Prompt | undefined,
  completion: Int32Array,
): Promise<Float32Array[]> {
  if (prompt === undefined) throw new Error('no prompt');
  const trees = [{ prompt, branches: [completion] }];
  const packed = packTrees(policy.config, trimBranches(trees));
  const { index } = scoreBranches(trees, packed);
  const arena = new Arena(policy.runtime);
  const trunk = new Trunk(policy, arena, { packed, stages: policy.inferenceStages() });
  const stage = policy.logitsStage();
  const head = stage.block.forward(arena, {
    h: trunk.hidden,
    index: filled(policy, arena, { dtype: 'i32', shape: [index.length], data: index }),
    ...boundWeights(policy, stage),
  });
  await policy.runtime.run([...trunk.steps, head.step]);
  const { logits } = head.outputs;
  if (logits === undefined) throw new Error('no logits');
  const values = policy.runtime.readF32(logits);
  arena.dispose();
  const width = policy.config.text.vocabSize;
  return Array.from(index, (_, i) => values.slice(i * width, (i + 1) * width));
}
