/**
 * The three workloads that decide how fast the engine feels, on any model folder: sampling, one
 * supervised step, one GRPO step. Shapes follow the comparison with transformers and TRL: 52 prompt
 * tokens of which 16 are one 64x64 picture, 64 new tokens, 8 x 8 groups. Random ids, fixed seed.
 */

import { onlineStep } from '../loop/online-rl.ts';
import type { OnlineStages } from '../loop/online-types.ts';
import { supervisedStep } from '../loop/supervised.ts';
import { ADAMW_DEFAULTS } from '../optimizer/adamw.ts';
import { Learner } from '../policy/learner.ts';
import type { Policy } from '../policy/policy.ts';
import type { Prompt, Visual } from '../policy/tree.ts';
import { Rng } from '../rng.ts';
import { generate, type SamplingSettings } from '../rollout/generate.ts';

const PROMPT_TOKENS = 52;
const NEW_TOKENS = 64;
const SFT_ROWS = 32;
const SFT_TOKENS = 96;
const GROUPS = 8;
const SAMPLES = 8;
const LEARNING_RATE = 1e-4;
/** Side of the picture in pixels. */
const PICTURE = 64;

/** What a workload did in one repetition. */
export interface Work {
  /** Tokens the comparison counts: new tokens when sampling, all tokens when training. */
  readonly tokens: number;
  /** Floating-point operations of the matrix products the method needs, once each. */
  readonly flops: number;
}

export interface Workload {
  readonly name: string;
  prepare(policy: Policy): { run(): Promise<Work>; dispose(): void };
}

export interface BenchShape {
  /** Whether prompts carry a picture; a text-only comparison has none. */
  readonly picture: boolean;
}

/** @param objective makes the stages of a GRPO step with the given KL weight */
export function workloads(
  shape: BenchShape,
  grpo: (policy: Policy, beta: number) => Promise<OnlineStages>,
): readonly Workload[] {
  return [
    generateWorkload(shape),
    sftWorkload(shape),
    grpoWorkload(shape, grpo, 0),
    grpoWorkload(shape, grpo, 0.04),
  ];
}

function generateWorkload(shape: BenchShape): Workload {
  return {
    name: 'generate',
    prepare(policy) {
      const requests = prompts(policy, shape, GROUPS * SAMPLES).map((prompt, i) => ({
        prompt,
        seed: BigInt(i),
      }));
      return {
        async run() {
          const done = await generate(policy, requests, sampling(policy));
          const tokens = done.reduce((sum, completion) => sum + completion.ids.length, 0);
          const prompt = requests.length * PROMPT_TOKENS;
          const pictures = shape.picture ? requests.length : 0;
          return {
            tokens,
            flops: forwardFlops(policy, { tokens: prompt + tokens, scored: tokens, pictures }),
          };
        },
        dispose: () => undefined,
      };
    },
  };
}

function sftWorkload(shape: BenchShape): Workload {
  return {
    name: 'sft-step',
    prepare(policy) {
      const learner = new Learner(policy, ADAMW_DEFAULTS);
      const rng = Rng.from('bench/sft');
      const examples = prompts(policy, shape, SFT_ROWS).map((prompt) => {
        // The completion is learned, the prompt is not: what `sft` does.
        const branch = Int32Array.from({ length: SFT_TOKENS - PROMPT_TOKENS }, () =>
          word(policy, rng),
        );
        return { tree: { prompt, branches: [branch] } };
      });
      const tokens = SFT_ROWS * SFT_TOKENS;
      const scored = examples.reduce((sum, { tree }) => sum + (tree.branches[0]?.length ?? 0), 0);
      return {
        async run() {
          await supervisedStep(learner, examples, {
            learningRate: LEARNING_RATE,
            maxGradNorm: 1,
            tokensPerPass: tokens,
          });
          const pictures = shape.picture ? SFT_ROWS : 0;
          return { tokens, flops: 3 * forwardFlops(policy, { tokens, scored, pictures }) };
        },
        dispose: () => learner.dispose(),
      };
    },
  };
}

function grpoWorkload(
  shape: BenchShape,
  grpo: (policy: Policy, beta: number) => Promise<OnlineStages>,
  beta: number,
): Workload {
  return {
    name: beta === 0 ? 'grpo-step' : 'grpo-step-kl',
    prepare(policy) {
      const learner = new Learner(policy, ADAMW_DEFAULTS);
      const wanted = prompts(policy, shape, GROUPS).map((prompt, i) => ({
        id: `bench-${i}`,
        prompt,
      }));
      const pending = grpo(policy, beta);
      let step = 0;
      return {
        async run() {
          const stages = await pending;
          step += 1;
          const result = await onlineStep(learner, stages, wanted, {
            seed: step,
            step,
            groupSize: SAMPLES,
            sampling: sampling(policy),
            learningRate: LEARNING_RATE,
            maxGradNorm: 1,
            epochs: 1,
            minibatches: 1,
            maxRounds: 1,
            tokensPerPass: GROUPS * (PROMPT_TOKENS + SAMPLES * NEW_TOKENS),
          });
          const tokens = result.rollouts.reduce(
            (sum, rollout) => sum + rollout.completion.ids.length,
            0,
          );
          const trained = GROUPS * PROMPT_TOKENS + tokens;
          const pictures = shape.picture ? GROUPS : 0;
          const pass = forwardFlops(policy, { tokens: trained, scored: tokens, pictures });
          return { tokens, flops: (beta === 0 ? 4 : 5) * pass };
        },
        dispose: () => learner.dispose(),
      };
    },
  };
}

function sampling(policy: Policy): SamplingSettings {
  const { config } = policy;
  const suppressed = new Uint8Array(config.text.vocabSize);
  for (const id of [config.imageTokenId, config.videoTokenId])
    if (id < suppressed.length) suppressed[id] = 1;
  return {
    maxTokens: NEW_TOKENS,
    temperature: 1,
    topK: 0,
    topP: 1,
    minP: 0,
    stopIds: [],
    suppressed,
  };
}

function word(policy: Policy, rng: Rng): number {
  // The lower half of every vocabulary used here is plain text.
  return rng.int(0, Math.floor(policy.config.text.vocabSize / 2) - 1);
}

function prompts(policy: Policy, shape: BenchShape, count: number): Prompt[] {
  const rng = Rng.from('bench/prompts');
  const { config } = policy;
  const { patchSize, spatialMergeSize, inChannels, temporalPatchSize } = config.vision;
  const side = shape.picture ? PICTURE / patchSize : 0;
  const width = inChannels * temporalPatchSize * patchSize ** 2;
  const imageTokens = (side / spatialMergeSize) ** 2;
  return Array.from({ length: count }, () => {
    const ids = Int32Array.from({ length: PROMPT_TOKENS }, () => word(policy, rng));
    if (!shape.picture) return { ids, visuals: [] };
    ids[3] = config.visionStartTokenId;
    ids.fill(config.imageTokenId, 4, 4 + imageTokens);
    ids[4 + imageTokens] = config.visionEndTokenId;
    const patches = Float32Array.from({ length: side * side * width }, () => rng.float(-1, 1));
    const visual: Visual = { kind: 'image', patches, grid: [1, side, side] };
    return { ids, visuals: [visual] };
  });
}

/**
 * Matrix-product operations of one forward pass: 2 per weight and token, plus 2 x 2 per attended pair
 * left out (below 3 % at these lengths). Scored rows pay for the vocabulary.
 */
function forwardFlops(
  policy: Policy,
  work: { readonly tokens: number; readonly scored: number; readonly pictures: number },
): number {
  let layer = 0;
  let vision = 0;
  let merger = 0;
  for (const [name, tensor] of policy.params) {
    if (tensor.shape.length < 2) continue;
    const size = tensor.shape.reduce((a, b) => a * b, 1);
    if (name.startsWith('layers.')) layer += size;
    else if (name.startsWith('visual.merger.')) merger += size;
    else if (name.startsWith('visual.')) vision += size;
  }
  const { vocabSize, hiddenSize } = policy.config.text;
  const { patchSize, spatialMergeSize } = policy.config.vision;
  const patches = (PICTURE / patchSize) ** 2 * work.pictures;
  return (
    2 *
    (layer * work.tokens +
      vocabSize * hiddenSize * work.scored +
      vision * patches +
      (merger * patches) / spatialMergeSize ** 2)
  );
}
