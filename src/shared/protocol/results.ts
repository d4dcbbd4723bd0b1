/**
 * Rows that jobs of ./app-jobs.ts (and some of ./jobs.ts) emit, as schemas: main parses what it reads
 * from an engine. Text is what the model or the data wrote and may hold anything.
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';
import { rowMessage } from './rows.ts';

const nullableNumber = z.number().nullable();

/** `dataset-world`: one row at the end. */
export const datasetWorldResult = z.object({
  kind: z.literal('dataset-world'),
  /** Absolute path of rows.jsonl. */
  rows: z.string(),
  folder: z.string(),
  count: z.int(),
  images: z.int(),
  bytes: z.number(),
});

export const recipeProblem = z.object({
  /** Dotted field, '' for the whole recipe. */
  path: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  /** Line of the YAML text, 1-based, where it is known. */
  line: z.int().nullable(),
  /** A warning does not keep a run from starting. */
  severity: z.enum(['error', 'warning']),
});
export type RecipeProblem = z.infer<typeof recipeProblem>;

/** `recipe-check` with `asYouType`: one row. */
export const recipeCheckResult = z.object({
  recipe: z.string().nullable(),
  shape: z.string().nullable(),
  lineage: z.array(z.string()),
  ok: z.boolean(),
  problems: z.array(recipeProblem),
  /** Every slot filled in; null while it cannot be resolved. */
  resolved: jsonObject.nullable(),
});

export const recipeField = z.object({
  /** Dotted: `optimizer.learningRate`. In a choice: `objective.surrogate.epsilonLow`. */
  path: z.string(),
  /** The last part, for people. */
  title: z.string(),
  /** First part of the path: the slot. */
  group: z.string(),
  description: z.string(),
  unit: z.string().nullable(),
  isAdvanced: z.boolean(),
  type: z.enum([
    'number',
    'integer',
    'boolean',
    'text',
    'enum',
    'list',
    'record',
    'choice',
    'object',
  ]),
  isNullable: z.boolean(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** Of `enum`, of the items of a `list`, and the kinds of a `choice`. */
  options: z.array(z.object({ value: z.string(), description: z.string() })),
  /** Of this recipe, as in the paper. */
  default: z.unknown(),
  /** Where the field belongs to one kind of a choice: that choice and the kinds that have it. */
  when: z.object({ path: z.string(), kinds: z.array(z.string()) }).nullable(),
});
export type RecipeField = z.infer<typeof recipeField>;

/** `recipe-schema`: one row per recipe. */
export const recipeSchemaResult = z.object({
  recipe: z.string(),
  title: z.string(),
  paper: z.string(),
  differs: z.string(),
  parent: z.string().nullable(),
  lineage: z.array(z.string()),
  shape: z.enum(['online-rl', 'preference', 'supervised']),
  /** JSON schema (draft 2020-12) of the slots, with descriptions. */
  schema: jsonObject,
  /** The same as a flat list in the order of the form. */
  fields: z.array(recipeField),
  /** Every slot filled in, as the paper has it. */
  defaults: jsonObject,
});

/** `metric-list`: one row per metric. */
export const metricResult = z.object({
  id: z.string(),
  unit: z.string(),
  direction: z.enum(['higher', 'lower', 'none']),
  meaning: z.string(),
  /** True for a family: `id` then ends in `*`. */
  isFamily: z.boolean(),
});

/** `dry-run`: one row at the end. */
export const dryRunResult = z.object({
  kind: z.literal('dry-run'),
  recipe: z.string(),
  shape: z.string(),
  steps: z.int(),
  device: z.string(),
  /** Most memory of the engine process while it worked. */
  peakBytes: z.number(),
  /** Of that, before the step: weights, optimizer, reference. */
  loadedBytes: z.number(),
  parameters: z.number(),
  trainedParameters: z.number(),
  /** Sampled tokens per second; null where nothing is sampled. */
  rolloutTokensPerSecond: nullableNumber,
  /** Packed tokens per second of the whole step. */
  tokensPerSecond: nullableNumber,
  /** Of the measured step, by stage and in all. */
  secondsPerStep: z.object({ total: z.number(), stages: z.record(z.string(), z.number()) }),
  /** Of the whole run: steps, checkpoints, evaluations. */
  predictedSeconds: z.number(),
  checkpointBytes: z.number(),
  predictedDiskBytes: z.number(),
  freeDiskBytes: nullableNumber,
  metrics: z.record(z.string(), z.number()),
  warnings: z.array(z.object({ message: z.string(), hint: z.string().nullable() })),
});

/** `model-sees`: one row per sample, in order. */
export const modelSeesResult = z.object({
  id: z.string(),
  /** Prompt and completion with the template applied, placeholders once per picture. */
  text: z.string(),
  tokens: z.array(
    z.object({
      id: z.int(),
      text: z.string(),
      isSpecial: z.boolean(),
      /** The loss looks at it. */
      isTrained: z.boolean(),
      imageIndex: z.int().nullable(),
    }),
  ),
  images: z.array(
    z.object({
      index: z.int(),
      kind: z.enum(['image', 'video']),
      width: z.int(),
      height: z.int(),
      resizedWidth: z.int(),
      resizedHeight: z.int(),
      /** Patches. */
      rows: z.int(),
      cols: z.int(),
      /** Merged tokens per side are rows / merge, cols / merge. */
      merge: z.int(),
      tokens: z.int(),
    }),
  ),
  promptTokens: z.int(),
  trainedTokens: z.int(),
  limit: z.int(),
  /** First token that does not fit; null = all fit. */
  cutAt: z.int().nullable(),
  error: z
    .object({ code: z.string(), message: z.string(), hint: z.string().nullable() })
    .nullable(),
});

const alternative = z.object({ id: z.int(), text: z.string(), logprob: z.number() });

/** `chat`: one row per token as it is drawn, then one `end`. */
export const chatResult = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('token'),
    index: z.int(),
    id: z.int(),
    /** Empty while a character is incomplete. */
    text: z.string(),
    logprob: z.number(),
    entropy: z.number(),
    top: z.array(alternative),
  }),
  z.object({
    kind: z.literal('end'),
    text: z.string(),
    finish: z.enum(['stop', 'length', 'cancelled']),
    promptTokens: z.int(),
    tokens: z.int(),
    seconds: z.number(),
    /** Of reading the model; 0 when it was still loaded. */
    loadSeconds: z.number(),
  }),
]);

/** `score-rollout`: one row per completion, in order of rows and completions. */
export const scoreRolloutResult = z.object({
  row: z.int(),
  completion: z.int(),
  tokens: z.array(
    z.object({
      id: z.int(),
      text: z.string(),
      logprob: z.number(),
      entropy: z.number(),
      refLogprob: nullableNumber,
      top: z.array(alternative),
    }),
  ),
});

export const modelTensor = z.object({
  name: z.string(),
  state: z.enum(['ok', 'missing', 'unexpected', 'shape', 'dtype']),
  expectedShape: z.array(z.number()).nullable(),
  shape: z.array(z.number()).nullable(),
  dtype: z.string().nullable(),
  bytes: z.number(),
});

/** `model-check`: one row. */
export const modelCheckResult = z.object({
  path: z.string(),
  kind: z.enum(['model', 'adapter', 'checkpoint', 'unknown']),
  ok: z.boolean(),
  /** Per part: does it read, and what it says. */
  parts: z.array(
    z.object({
      part: z.enum([
        'config',
        'tensors',
        'tokenizer',
        'template',
        'processor',
        'adapter',
        'training',
      ]),
      ok: z.boolean(),
      summary: z.string(),
    }),
  ),
  problems: z.array(z.object({ part: z.string(), reason: z.string(), fix: z.string() })),
  config: jsonObject.nullable(),
  architecture: z.string().nullable(),
  parameters: z.number(),
  bytes: z.number(),
  /** dtype -> parameters */
  dtypes: z.record(z.string(), z.number()),
  tensors: z.array(modelTensor),
  vocabulary: z.int().nullable(),
  contextTokens: z.int().nullable(),
  /** Of the headers of all weight files: the same for the same tensors in the same places. */
  headerSha256: z.string().nullable(),
  /** An adapter's base and whether it is the one it was trained on. */
  base: z
    .object({
      path: z.string().nullable(),
      expectedSha256: z.string().nullable(),
      sha256: z.string().nullable(),
      isSame: z.boolean().nullable(),
    })
    .nullable(),
  /** Step of a checkpoint. */
  step: z.int().nullable(),
});

/** `model-export`: one row at the end. */
export const modelExportResult = z.object({
  kind: z.literal('model-export'),
  path: z.string(),
  format: z.enum(['full', 'merged', 'adapter']),
  bytes: z.number(),
  tensors: z.int(),
  files: z.array(z.object({ name: z.string(), bytes: z.number() })),
  /** The folder was opened again and every tensor compared. */
  isChecked: z.boolean(),
});

/** evaluations/step-XXXXXX.json of a run. */
export const evaluationRecord = z.object({
  format: z.literal(1),
  step: z.int(),
  at: z.iso.datetime(),
  reason: z.enum(['planned', 'asked']),
  n: z.int(),
  accuracy: z.number(),
  ci95: z.tuple([z.number(), z.number()]),
  formatShare: z.number(),
  lengthTokens: z.number(),
  seconds: z.number(),
  slices: z.record(z.string(), jsonObject),
  items: z.array(
    z.object({
      id: z.string(),
      task: z.string(),
      isRight: z.boolean(),
      text: z.string(),
      answer: z.string(),
      tokens: z.int(),
    }),
  ),
});
export type EvaluationRecord = z.infer<typeof evaluationRecord>;

/** One line of rollouts/step-XXXXXX.jsonl. Fields that older files lack are optional. */
export const rolloutRow = z.looseObject({
  prompt: z.string(),
  /** Group of the step, 0-based. */
  group: z.int().optional(),
  sample: z.int(),
  text: z.string(),
  /** Text of the last user turn, with the instruction of the recipe. */
  question: z.string().optional(),
  /** The whole conversation, where the row had one; pictures by index into `images`. */
  messages: z.array(rowMessage).optional(),
  /** Paths as the data file names them; empty for the starter world, whose id makes them again. */
  images: z.array(z.string()).optional(),
  /** Id of the sample of the starter world, or null. */
  world: z.string().nullable().optional(),
  task: z.string().optional(),
  difficulty: z.number().nullable().optional(),
  target: z.string().optional(),
  extracted: z.string().nullable().optional(),
  right: z.boolean().nullable().optional(),
  reward: nullableNumber,
  /** Raw scores in the order of the recipe's terms; null = not judged. */
  terms: z.array(nullableNumber),
  term_names: z.array(z.string()).optional(),
  advantage: nullableNumber,
  finish: z.enum(['stop', 'length']),
  ids: z.array(z.int()),
  /** Text of every token, specials as they are written. */
  tokens: z.array(z.string()).optional(),
  /** Of the policy that sampled. */
  logprobs: z.array(nullableNumber),
  ref_logprobs: z.array(nullableNumber).nullable().optional(),
  entropy: z.array(nullableNumber),
});
export type RolloutRow = z.infer<typeof rolloutRow>;
