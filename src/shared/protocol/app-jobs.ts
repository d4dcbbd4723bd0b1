/**
 * Parameters of the jobs that the window asks for: data, recipes, models, rollouts. Same rules as
 * ./jobs.ts, which lists them all; results are in ./results.ts.
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';
import { trainingRow } from './rows.ts';

const path = z.string().min(1).max(4096);
const seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const compute = {
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  threads: z.int().min(1).max(256).optional(),
};

/** A message of a conversation with the model; `image` parts index the job's `images`. */
export const chatMessage = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.union([
    z.string(),
    z.array(
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('text'), text: z.string() }),
        z.object({ type: z.literal('image'), index: z.int().min(0).optional() }),
      ]),
    ),
  ]),
});

export const samplingParams = z.object({
  /** 0 = greedy. */
  temperature: z.number().min(0).max(100).default(1),
  topK: z.int().min(0).default(0),
  topP: z.number().gt(0).max(1).default(1),
  minP: z.number().min(0).max(1).default(0),
  maxTokens: z.int().min(1).max(1_000_000).default(256),
  seed: seed.default(1),
});

export const appJobParams = {
  /** Samples of the starter world as a dataset folder: rows.jsonl and images/. */
  'dataset-world': z.object({
    /** Task id -> share, or a list of task ids alike; empty = every task. */
    tasks: z.union([z.array(z.string()), z.record(z.string(), z.number().positive())]).default([]),
    split: z.string().default('train'),
    /** Smallest and largest difficulty, one, or null for the levels of each task. */
    difficulty: z
      .union([z.int(), z.tuple([z.int(), z.int()])])
      .nullable()
      .default(null),
    /** Rows in all. */
    n: z.int().min(1).max(10_000_000).default(1000),
    seed: seed.default(1),
    /** Ask for a thought before the answer. */
    think: z.boolean().default(false),
    /** Folder to write; made when it is not there. */
    out: path,
  }),

  'recipe-schema': z.object({
    /** Recipe id, shipped name or file; absent = every recipe of the roll-call. */
    recipe: z.string().min(1).optional(),
  }),
  'metric-list': z.object({}),

  'dry-run': z.object({
    recipe: z.string().min(1),
    set: jsonObject.default({}),
    model: path.optional(),
    data: path.optional(),
    seed: seed.optional(),
    steps: z.int().min(1).optional(),
    ...compute,
  }),

  'model-sees': z.object({
    /** Model folder; absent = the bundled starter. Weights are not read. */
    model: path.optional(),
    samples: z.array(trainingRow).min(1).max(256),
    /** Folder that pictures are named from. */
    mediaFolder: path.optional(),
    /** Most tokens of prompt and completion; absent = what the model takes. */
    limit: z.int().min(1).optional(),
  }),

  chat: z.object({
    model: path.optional(),
    messages: z.array(chatMessage).min(1).max(1000),
    images: z.array(path).max(256).default([]),
    sampling: samplingParams.default(samplingParams.parse({})),
    /** Most likely tokens told with every token; 0 = none. */
    topAlternatives: z.int().min(0).max(50).default(5),
    ...compute,
  }),

  'score-rollout': z.object({
    /** Model or checkpoint folder whose policy is asked. */
    model: path.optional(),
    /** Also by this model, e.g. the one the run started from: fills `refLogprob`. */
    reference: path.optional(),
    mediaFolder: path.optional(),
    rows: z
      .array(
        z.object({
          sample: trainingRow,
          /** Put after the question, as the recipe's data.suffix. */
          suffix: z.string().default(''),
          /** Token ids of each completion, as in the rollout file. */
          completions: z
            .array(z.array(z.int().min(0)))
            .min(1)
            .max(256),
        }),
      )
      .min(1)
      .max(256),
    temperature: z.number().gt(0).max(100).default(1),
    topAlternatives: z.int().min(0).max(50).default(5),
    /** Alternatives of these token places of every completion; absent = all of them. */
    at: z.array(z.int().min(0)).optional(),
    ...compute,
  }),

  'model-check': z.object({ path }),

  'model-export': z.object({
    /** Model folder, adapter folder or checkpoint of a run. */
    checkpoint: path,
    /** Base of an adapter; absent = the one it names. */
    base: path.optional(),
    /** full: weights as they are. merged: an adapter folded into its base. adapter: PEFT. */
    format: z.enum(['full', 'merged', 'adapter']),
    /** Absent = as the weights are stored now. */
    dtype: z.enum(['f32', 'f16', 'bf16']).optional(),
    out: path,
  }),
} as const satisfies Record<string, z.ZodType>;
