/**
 * The parameters of every job an engine can be asked for, one schema each. The command line and
 * (later) the window build these; the engine parses them again at its border. Paths are absolute or
 * relative to the caller's working folder, which the engine shares.
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';
import { appJobParams } from './app-jobs.ts';

const path = z.string().min(1).max(4096);
const seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Where and how wide the engine computes. `auto`: CUDA where its provider loads, else CPU. */
const compute = {
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  threads: z.int().min(1).max(256).optional(),
};

/** Folder that holds run folders. */
const runs = path.default('runs');

/** Id of a run, a unique beginning of one, or `latest`. Never a path. */
const runId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'expected a run id');

/** How tokens are drawn; temperature 0 = greedy, top_k 0 / top_p 1 / min_p 0 = off. */
const sampling = {
  temperature: z.number().min(0).max(100).default(1),
  topK: z.int().min(0).default(0),
  topP: z.number().gt(0).max(1).default(1),
  minP: z.number().min(0).max(1).default(0),
  maxTokens: z.int().min(1).max(1_000_000).default(128),
  seed: seed.default(1),
};

export const jobParams = {
  doctor: z.object({}),

  demo: z.object({
    seed: seed.default(1),
    quick: z.boolean().default(false),
    runs,
    ...compute,
  }),

  train: z.discriminatedUnion('action', [
    z.object({
      action: z.literal('start'),
      /** Recipe id or the path of a recipe file. */
      recipe: z.string().min(1),
      /** Recipe fields by dotted path, laid over the recipe: { 'optimizer.learningRate': 1e-4 }. */
      set: jsonObject.default({}),
      /** Model folder; absent = the bundled starter. */
      model: path.optional(),
      /** Folder or file of training data; absent = what the recipe names. */
      data: path.optional(),
      /** Of data, sampling and order; absent = what the recipe says. */
      seed: seed.optional(),
      /** Optimizer steps; absent = what the recipe says. */
      steps: z.int().min(1).optional(),
      runs,
      ...compute,
    }),
    z.object({
      action: z.literal('resume'),
      run: runId,
      /** Train up to this step instead of the frozen one. */
      steps: z.int().min(1).optional(),
      runs,
      ...compute,
    }),
  ]),

  generate: z.object({
    model: path.optional(),
    prompt: z.string().min(1).max(1_000_000),
    images: z.array(path).max(256).default([]),
    /** Frames of one clip, a second apart; instead of images. */
    frames: z.array(path).max(768).default([]),
    system: z.string().optional(),
    samples: z.int().min(1).max(4096).default(1),
    ...sampling,
    ...compute,
  }),

  eval: z.object({
    /** Model folder, or a run's checkpoint folder; absent = the bundled starter. */
    model: path.optional(),
    /** Task ids of the starter world; empty = all of them. */
    tasks: z.array(z.string()).default([]),
    split: z.string().default('test'),
    /** Items per task. */
    n: z.int().min(1).max(1_000_000).default(100),
    /** Ask for a thought before the answer. */
    think: z.boolean().default(false),
    ...sampling,
    temperature: sampling.temperature.default(0),
    ...compute,
  }),

  'world-sample': z.object({
    /** Task ids; empty = all of them. */
    tasks: z.array(z.string()).default([]),
    split: z.string().default('train'),
    /** Samples per task. */
    n: z.int().min(1).max(1_000_000).default(4),
    seed: seed.default(1),
    /** Absent = drawn from the levels of the split. */
    difficulty: z.number().optional(),
    /** Samples by their ids, instead of all of the above. */
    ids: z.array(z.string().max(200)).max(256).default([]),
    /** Folder for the pictures (PNG); absent = no pictures are written. */
    out: path.optional(),
  }),

  parity: z.object({ folder: path, ...compute }),

  objectives: z.object({ folder: path }),

  bench: z.object({
    model: path.optional(),
    /** Names of workloads; empty = all of them. */
    workloads: z.array(z.string()).default([]),
    /** Prompts without a picture. */
    text: z.boolean().default(false),
    /** Timed repetitions; the median counts. */
    repeats: z.int().min(1).max(1000).optional(),
    ...compute,
  }),

  'recipe-list': z.object({}),
  'recipe-show': z.object({ recipe: z.string().min(1), set: jsonObject.default({}) }),
  'recipe-check': z.object({
    /** Recipe id, shipped name or file; absent = what the YAML names. */
    recipe: z.string().min(1).optional(),
    set: jsonObject.default({}),
    /** Text of a recipe file, laid over the recipe. */
    yaml: z.string().max(262_144).optional(),
    /** Slots as a form has them, laid over the rest. */
    slots: jsonObject.optional(),
    /** Tell every problem in the row instead of failing with the first; also looks at files and tasks. */
    asYouType: z.boolean().default(false),
  }),

  'run-list': z.object({ runs }),
  'run-show': z.object({
    run: runId,
    runs,
    /** Completions shown of the last rollout file. */
    rollouts: z.int().min(0).max(100_000).default(4),
  }),

  ...appJobParams,
} as const satisfies Record<string, z.ZodType>;

export type JobName = keyof typeof jobParams;
/** Parsed parameters, defaults filled in. */
export type JobParams<N extends JobName> = z.output<(typeof jobParams)[N]>;
/** Parameters as a caller may write them. */
export type JobInput<N extends JobName> = z.input<(typeof jobParams)[N]>;
