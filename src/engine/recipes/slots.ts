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

const LORA_TARGETS = {
  q_proj: 'queries of attention',
  k_proj: 'keys of attention',
  v_proj: 'values of attention',
  o_proj: 'output of attention',
  gate_proj: 'gate of the feed-forward part',
  up_proj: 'first matrix of the feed-forward part',
  down_proj: 'second matrix of the feed-forward part',
} as const;
const targets = Object.keys(LORA_TARGETS) as (keyof typeof LORA_TARGETS)[]; // keys of the table

export const loraSlot = z.strictObject({
  rank: upTo(4096)
    .default(16)
    .meta({ description: 'Rank of the two factors of every projection.' }),
  alpha: z
    .number()
    .positive()
    .default(32)
    .meta({ description: 'Strength of the factors: they are scaled by alpha / rank.' }),
  dropout: z.number().min(0).lt(1).default(0).meta({
    description: 'Share of inputs dropped while training; this engine supports 0.',
    isAdvanced: true,
  }),
  targets: z.array(z.enum(targets)).min(1).default(targets).meta({
    description: 'Projections of the language model that get factors.',
    options: LORA_TARGETS,
    isAdvanced: true,
  }),
});

export const modelSlot = z.strictObject({
  path: z.string().min(1).default('starter').meta({
    description: '`starter`, or a Hugging Face folder, or a checkpoint of a run.',
  }),
  lora: loraSlot.nullable().default(null).meta({
    title: 'LoRA',
    description: 'Train low-rank factors instead of the weights; off = the weights.',
  }),
  freeze: z
    .array(z.enum(['vision', 'merger', 'language', 'embeddings']))
    .default([])
    .meta({
      description: 'Modules that keep their weights.',
      options: {
        vision: 'the vision tower',
        merger: 'what turns patches into tokens of the language model',
        language: 'the layers of the language model',
        embeddings: 'embedding and output matrix',
      },
      isAdvanced: true,
    }),
  reference: z
    .enum(['initial'])
    .nullable()
    .default(null)
    .meta({
      description:
        'Frozen copy that KL and preference losses compare with; off = none is kept. Costs the memory of the trained weights once more, and one more pass a step.',
      options: { initial: 'the model the run starts from' },
    }),
});

export const dataSlot = z.strictObject({
  source: z.string().min(1).default('world').meta({
    description: '`world` for the procedural starter tasks, or a JSONL file.',
  }),
  tasks: z.record(z.string(), z.number().positive()).default({}).meta({
    description: 'Tasks of the world and their shares; empty = every task alike.',
  }),
  mediaRoot: z.string().min(1).nullable().default(null).meta({
    title: 'Media folder',
    description: 'Folder that a file names its pictures from; empty = the folder of the file.',
    isAdvanced: true,
  }),
  split: z.string().default('train').meta({
    description: 'Split of the world: train, dev, test, combos or harder.',
    isAdvanced: true,
  }),
  difficulty: z
    .union([
      z.tuple([z.number().int(), z.number().int()]),
      z.record(z.string().regex(/^\d+$/), z.number().positive()),
    ])
    .nullable()
    .default(null)
    .meta({
      description:
        "Smallest and largest difficulty, or a share for each one; empty = the task's own.",
    }),
  suffix: z.string().max(4096).default('').meta({
    title: 'Question suffix',
    description:
      'Put after every question: an instruction, or the word that asks the starter for a thought.',
  }),
  limit: count.nullable().default(null).meta({
    description: 'How many distinct samples are used; empty = unlimited (world) or all (file).',
    unit: 'samples',
    isAdvanced: true,
  }),
  shuffle: z.boolean().default(true).meta({
    description: 'A new order in every epoch; off = the order of the file.',
    isAdvanced: true,
  }),
  seed: z.number().int().nonnegative().default(0).meta({
    description: 'Which samples the world draws.',
    isAdvanced: true,
  }),
});

export const rolloutSlot = z.strictObject({
  kind: z.literal('sampled-group'),
  groupSize: upTo(4096).default(8).meta({
    title: 'Group size',
    description: 'G: completions sampled for every prompt and compared with each other.',
    unit: 'completions',
  }),
  temperature: z.number().positive().default(1).meta({
    description: 'Divides the logits before sampling; higher = more varied.',
  }),
  topK: z.number().int().nonnegative().default(0).meta({
    title: 'Top-k',
    description: 'Sample from the K likeliest tokens; 0 = from all.',
    isAdvanced: true,
  }),
  topP: z.number().gt(0).max(1).default(1).meta({
    title: 'Top-p',
    description: 'Sample from the likeliest tokens that hold this much probability; 1 = from all.',
    isAdvanced: true,
  }),
  minP: z.number().min(0).max(1).default(0).meta({
    title: 'Min-p',
    description: 'Leave out tokens less likely than this share of the likeliest one; 0 = none.',
    isAdvanced: true,
  }),
  maxCompletionTokens: upTo(131_072).default(256).meta({
    description: 'Completions are cut off here.',
    unit: 'tokens',
  }),
  truncated: z
    .enum(['score', 'mask'])
    .default('score')
    .meta({
      description: 'What becomes of completions cut off at the cap.',
      options: {
        score: 'scored and trained on as they are',
        mask: 'left out of the loss (overlong filter of DAPO)',
      },
    }),
  filter: z
    .discriminatedUnion('kind', [
      z
        .strictObject({ kind: z.literal('keep-all') })
        .meta({ description: 'every group, also those that cannot teach' }),
      z
        .strictObject({
          kind: z.literal('group-spread'),
          maxRounds: upTo(1000).default(1).meta({
            description: 'Rounds of sampling at most to fill the batch.',
            unit: 'rounds',
          }),
        })
        .meta({ description: 'only groups whose rewards differ (dynamic sampling of DAPO)' }),
    ])
    .default({ kind: 'keep-all' })
    .meta({ description: 'Which groups are trained on.' }),
  maskedTwin: z
    .strictObject({
      fraction: z.number().gt(0).max(1).default(0.6).meta({
        description: 'Share of the picture that is blanked.',
        unit: 'fraction',
      }),
    })
    .nullable()
    .default(null)
    .meta({
      description: 'A second pass over the same tokens with blanked image patches; off = none.',
      isAdvanced: true,
    }),
});

export const trainingSlot = z.strictObject({
  steps: count.default(100).meta({ description: 'Steps of the run.', unit: 'steps' }),
  promptsPerStep: upTo(65_536).default(8).meta({
    description: 'Prompts (RL), pairs (preference) or examples (supervised) of one step.',
  }),
  updatesPerStep: upTo(4096).default(1).meta({
    description: 'Optimizer updates per rollout; 1 = strictly on policy.',
    unit: 'updates',
    isAdvanced: true,
  }),
  tokensPerPass: count.default(16_384).meta({
    description:
      'Most packed tokens of one forward and backward pass; a longer step is split and accumulated. Lower it to save memory.',
    unit: 'tokens',
    isAdvanced: true,
  }),
  seed: z.number().int().nonnegative().default(0).meta({
    description: 'Of the order of the data and of every draw.',
    isAdvanced: true,
  }),
  checkpointEvery: count.nullable().default(null).meta({
    description: 'Steps between checkpoints; empty = only at the end.',
    unit: 'steps',
  }),
  keepCheckpoints: count.default(2).meta({
    description: 'Newest checkpoints that are kept.',
    isAdvanced: true,
  }),
  evaluateEvery: count.nullable().default(null).meta({
    description: 'Steps between evaluations, the start and the end included; empty = none.',
    unit: 'steps',
  }),
});

export const evaluationSlot = z.strictObject({
  source: z.string().min(1).default('data').meta({
    description:
      '`data` for the tasks of the data slot in another split, `world`, or a JSONL file.',
  }),
  tasks: z.record(z.string(), z.number().positive()).default({}).meta({
    description:
      'Tasks of the world and their shares; empty = those of the data slot, or every task alike.',
    isAdvanced: true,
  }),
  split: z.string().default('test').meta({
    description: 'Split of the world: dev, test, combos or harder.',
    isAdvanced: true,
  }),
  n: upTo(1_000_000).default(200).meta({
    title: 'Samples',
    description: 'Samples of one evaluation; a shorter file is used whole.',
    unit: 'samples',
  }),
  maxTokens: count.nullable().default(null).meta({
    description: 'Longest answer; empty = as in the rollout, or 256.',
    unit: 'tokens',
    isAdvanced: true,
  }),
  seed: z.number().int().nonnegative().default(0).meta({
    description: 'Which samples the world draws.',
    isAdvanced: true,
  }),
});

const common = {
  model: modelSlot,
  data: dataSlot,
  optimizer: optimizerSlot,
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
