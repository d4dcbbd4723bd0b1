/**
 * The slots of a recipe, each a zod schema; forms, defaults, docs and validation derive from them.
 * Data, rollout, training and model are here; reward, advantage, objective, optimizer and schedule
 * come from their rooms. "Step" is one optimizer-visible round of the loop (rollout + update in RL).
 */
import { z } from 'zod';
import { advantageSlot } from '../advantage/index.ts';
import { policySlot, preferenceSlot, supervisedSlot } from '../objective/parts.ts';
import { optimizerSlot } from '../optimizer/index.ts';
import { scheduleSlot } from '../optimizer/schedule.ts';
import { rewardSlot } from '../reward/index.ts';

const count = z.number().int().positive();
/** A whole number whose upper end is far above what anyone trains with: a typing error, not a plan. */
const upTo = (most: number) => count.max(most);

export const loraSlot = z.strictObject({
  rank: upTo(4096).default(16),
  /** Scaling is alpha / rank. */
  alpha: z.number().positive().default(32),
  dropout: z.number().min(0).lt(1).default(0),
  /** Projections of the language model that get factors. */
  targets: z
    .array(z.enum(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']))
    .min(1)
    .default(['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']),
});

export const modelSlot = z.strictObject({
  /** `starter` or a Hugging Face folder. */
  path: z.string().min(1).default('starter'),
  /** Train low-rank factors instead of the weights; null = the weights. */
  lora: loraSlot.nullable().default(null),
  /** Modules that keep their weights. */
  freeze: z.array(z.enum(['vision', 'merger', 'language', 'embeddings'])).default([]),
  /** Frozen copy that KL and preference losses compare with; null = none is kept. */
  reference: z.enum(['initial']).nullable().default(null),
});

export const dataSlot = z.strictObject({
  /** `world` for the procedural starter tasks, or a JSONL file. */
  source: z.string().min(1).default('world'),
  /** Task id -> share of the samples; empty = every task alike. */
  tasks: z.record(z.string(), z.number().positive()).default({}),
  /** Folder that a file names its pictures from; null = the folder of the file. */
  mediaRoot: z.string().min(1).nullable().default(null),
  split: z.string().default('train'),
  /** Smallest and largest difficulty, or a share for each one; null = the task's own. */
  difficulty: z
    .union([
      z.tuple([z.number().int(), z.number().int()]),
      z.record(z.string().regex(/^\d+$/), z.number().positive()),
    ])
    .nullable()
    .default(null),
  /** Put after every question: an instruction, or the word that asks the starter for a thought. */
  suffix: z.string().max(4096).default(''),
  /** How many distinct samples; null = unlimited (world) or all (file). */
  limit: count.nullable().default(null),
  shuffle: z.boolean().default(true),
  seed: z.number().int().nonnegative().default(0),
});

export const rolloutSlot = z.strictObject({
  kind: z.literal('sampled-group'),
  /** G */
  groupSize: upTo(4096).default(8),
  temperature: z.number().positive().default(1),
  /** 0, 1, 0 = off. */
  topK: z.number().int().nonnegative().default(0),
  topP: z.number().gt(0).max(1).default(1),
  minP: z.number().min(0).max(1).default(0),
  maxCompletionTokens: upTo(131_072).default(256),
  /** Completions cut off at the cap: scored as they are, or left out of the loss. */
  truncated: z.enum(['score', 'mask']).default('score'),
  /** Which groups are trained on. */
  filter: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('keep-all') }),
      /** Only groups whose rewards differ; `maxRounds` rollouts at most to fill the batch (dynamic sampling). */
      z.strictObject({ kind: z.literal('group-spread'), maxRounds: upTo(1000).default(1) }),
    ])
    .default({ kind: 'keep-all' }),
  /** A second pass over the same tokens with blanked image patches; null = none. */
  maskedTwin: z
    .strictObject({ fraction: z.number().gt(0).max(1).default(0.6) })
    .nullable()
    .default(null),
});

export const trainingSlot = z.strictObject({
  steps: count.default(100),
  /** Prompts (RL), pairs (preference) or examples (supervised) of one step. */
  promptsPerStep: upTo(65_536).default(8),
  /** Optimizer updates per rollout; 1 = strictly on policy. */
  updatesPerStep: upTo(4096).default(1),
  /** Most packed tokens of one forward and backward pass; a longer step is split and accumulated. */
  tokensPerPass: count.default(16_384),
  seed: z.number().int().nonnegative().default(0),
  /** Steps between checkpoints; null = only at the end. */
  checkpointEvery: count.nullable().default(null),
  keepCheckpoints: count.default(2),
  /** Steps between evaluations, the start and the end included; null = none are planned. */
  evaluateEvery: count.nullable().default(null),
});

export const evaluationSlot = z.strictObject({
  /** `data` for the tasks of the data slot in another split, `world`, or a JSONL file. */
  source: z.string().min(1).default('data'),
  /** Task id -> share of the samples; empty = those of the data slot, or every task alike. */
  tasks: z.record(z.string(), z.number().positive()).default({}),
  split: z.string().default('test'),
  /** Samples of one evaluation; a shorter file is used whole. */
  n: upTo(1_000_000).default(200),
  /** Longest answer; null = as in the rollout, or 256. */
  maxTokens: count.nullable().default(null),
  seed: z.number().int().nonnegative().default(0),
});

const common = {
  model: modelSlot,
  data: dataSlot,
  optimizer: optimizerSlot,
  /** Learning rate over the run. */
  schedule: scheduleSlot,
  training: trainingSlot,
  evaluation: evaluationSlot,
};

/** Slots by shape of training; there is one loop per shape. */
export const shapes = {
  'online-rl': z.strictObject({
    ...common,
    rollout: rolloutSlot,
    reward: rewardSlot,
    advantage: advantageSlot,
    objective: policySlot,
  }),
  preference: z.strictObject({ ...common, objective: preferenceSlot }),
  supervised: z.strictObject({ ...common, objective: supervisedSlot }),
} as const;
export type RecipeShape = keyof typeof shapes;
export type SlotsOf<S extends RecipeShape> = z.output<(typeof shapes)[S]>;
