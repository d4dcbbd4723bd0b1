/**
 * Models as the window sees them: the family tree of starter, imported folders, checkpoints and
 * exports; the report of an import check; retention of checkpoints; and the chat that probes one.
 */
import { z } from 'zod';
import { modelCheckResult } from '../protocol/results.ts';

/** `starter`, `model:<id>`, `run:<run id>:<step>` or `export:<id>`. */
export const modelId = z.string().min(1).max(300);

/** What does not fit, in which part, and what to do. */
export const modelProblem = z.object({
  part: z.string(),
  reason: z.string(),
  fix: z.string(),
  /** `block`: it cannot be used; `note`: it can, and the person should know. */
  level: z.enum(['block', 'note']),
});
export type ModelProblem = z.infer<typeof modelProblem>;

export const modelKind = z.enum(['starter', 'imported', 'checkpoint', 'adapter', 'export']);

export const modelNode = z.object({
  id: modelId,
  name: z.string(),
  kind: modelKind,
  /** Folder that the engine opens. */
  path: z.string(),
  /** The model it was made from; null for a base. */
  parent: modelId.nullable(),
  /** The run that wrote it, with its optimizer step. */
  run: z.string().nullable(),
  runName: z.string().nullable(),
  step: z.int().nullable(),
  /** On disk; 0 when the files are missing. */
  bytes: z.number(),
  params: z.number().nullable(),
  recipe: z.string().nullable(),
  /** Name of the dataset view or file it was trained on, and the hash of its rows. */
  dataView: z.object({ name: z.string(), hash: z.string().nullable() }).nullable(),
  /** Last evaluation and last reward by metric id. */
  scores: z.record(z.string(), z.number()),
  /** Hash of configuration and weight headers; null where it is not known yet. */
  hash: z.string().nullable(),
  isMissing: z.boolean(),
  problems: z.array(modelProblem),
  /** Kept by every retention policy. */
  isPinned: z.boolean(),
  /** The app wrote these files: they can go to the trash. */
  isOwned: z.boolean(),
  /** Trained factors beside frozen weights. */
  isAdapter: z.boolean(),
  note: z.string(),
  createdAt: z.iso.datetime(),
});
export type ModelNode = z.infer<typeof modelNode>;

/** What a look at a folder found, before or after it is imported. */
export const modelCheck = modelCheckResult.extend({
  /** Name of the folder, or what the configuration calls the model. */
  name: z.string(),
  /** Node it was imported as already. */
  importedAs: modelId.nullable(),
});
export type ModelCheck = z.infer<typeof modelCheck>;

/** How two models came to be: fields of their runs' recipes that differ. Scores are on the nodes. */
export const modelComparison = z.object({
  a: modelId,
  b: modelId,
  /** Same configuration and the same tensors in the same places. */
  isSameShape: z.boolean().nullable(),
  /** Dotted recipe fields; a model that no run made has none. */
  recipe: z.array(z.object({ path: z.string(), a: z.unknown(), b: z.unknown() })),
});
export type ModelComparison = z.infer<typeof modelComparison>;

export const retentionPolicy = z.object({
  /** Best `count` by a metric; null = this rule is off. */
  best: z
    .object({
      metric: z.string().min(1),
      direction: z.enum(['higher', 'lower']),
      count: z.int().min(1).max(1000),
    })
    .nullable(),
  /** Newest `last` of each run; the newest is always kept. */
  last: z.int().min(1).max(10_000),
  /** Named, noted or pinned checkpoints are kept. */
  keepNamed: z.boolean(),
});
export type RetentionPolicy = z.infer<typeof retentionPolicy>;

export const retentionPreview = z.object({
  policy: retentionPolicy,
  runs: z.array(
    z.object({
      run: z.string(),
      name: z.string(),
      keep: z.array(
        z.object({ id: modelId, step: z.int(), bytes: z.number(), reasons: z.array(z.string()) }),
      ),
      drop: z.array(z.object({ id: modelId, step: z.int(), bytes: z.number() })),
      freedBytes: z.number(),
    }),
  ),
  freedBytes: z.number(),
  /** Runs that are left alone, with the reason. */
  skipped: z.array(z.object({ run: z.string(), reason: z.string() })),
});
export type RetentionPreview = z.infer<typeof retentionPreview>;

export const modelExport = z.object({
  id: z.string(),
  model: modelId,
  modelName: z.string(),
  format: z.enum(['full', 'merged', 'adapter']),
  path: z.string(),
  status: z.enum(['running', 'done', 'failed', 'cancelled']),
  stage: z.string(),
  done: z.number(),
  total: z.number(),
  bytes: z.number(),
  error: z
    .object({ code: z.string(), message: z.string(), hint: z.string().nullable() })
    .nullable(),
  createdAt: z.iso.datetime(),
});
export type ModelExport = z.infer<typeof modelExport>;

export const samplingSettings = z.object({
  /** 0 = always the likeliest token. */
  temperature: z.number().min(0).max(100).default(1),
  /** 0 = off. */
  topK: z.int().min(0).max(1_000_000).default(0),
  topP: z.number().gt(0).max(1).default(1),
  minP: z.number().min(0).max(1).default(0),
  maxTokens: z.int().min(1).max(131_072).default(128),
  seed: z.int().min(0).default(1),
});
export type SamplingSettings = z.infer<typeof samplingSettings>;

export const chatMessage = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  text: z.string().max(1_000_000),
  /** Media hashes, in the order they stand before the text. */
  images: z
    .array(z.string().regex(/^[0-9a-f]{64}$/))
    .max(256)
    .default([]),
});

export const chatRequest = z.object({
  /** Made up by the caller for one answer: a reconnect with the same one goes on, it does not ask again. */
  turn: z.string().min(1).max(100),
  model: modelId,
  messages: z.array(chatMessage).min(1).max(1000),
  sampling: samplingSettings.prefault({}),
  /** Alternatives told with every token. */
  top: z.int().min(0).max(20).default(5),
});
export type ChatRequest = z.infer<typeof chatRequest>;

export const chatToken = z.object({
  index: z.int(),
  id: z.int(),
  text: z.string(),
  logprob: z.number(),
  entropy: z.number(),
  top: z.array(z.object({ id: z.int(), text: z.string(), logprob: z.number() })),
});
export type ChatToken = z.infer<typeof chatToken>;

export const chatEvent = z.discriminatedUnion('type', [
  /** What is going on before the first token, in words; also that a run shares the machine. */
  z.object({ type: z.literal('status'), text: z.string() }),
  z.object({ type: z.literal('token'), token: chatToken }),
  z.object({
    type: z.literal('done'),
    finish: z.enum(['stop', 'length', 'cancelled']),
    text: z.string(),
    tokens: z.int(),
    /** 0 when it was stopped before they were counted. */
    promptTokens: z.int(),
    seconds: z.number(),
  }),
]);
export type ChatEvent = z.infer<typeof chatEvent>;
