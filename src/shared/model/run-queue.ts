/**
 * The queue of runs: what a person plans and what became of it. A plan's configuration is frozen when
 * it is put in: later edits of a recipe file or form change nothing that waits.
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';
import { instant, metricId, runId, runName, runState, wireError } from './app-run.ts';
import { dataRef } from './dataset.ts';

const path = z.string().min(1).max(4096);

/** Where a model comes from: a folder, the bundled starter, or what the item before it made. */
export const modelSource = z.union([
  z.object({ path }),
  z.object({ fromPrevious: z.literal(true) }),
  z.object({ run: runId, step: z.int().optional() }),
]);
export type ModelSource = z.infer<typeof modelSource>;

/** Where training rows come from: a file, or a dataset of the workspace, whole or one view of it. */
export const dataSource = z.union([z.object({ path }), dataRef]);

const compute = {
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  threads: z.int().min(1).max(256).optional(),
};

export const trainPlan = z.object({
  kind: z.literal('train'),
  /** Recipe id, or the name of a recipe that comes with the app. */
  recipe: z.string().min(1).max(200),
  /** Recipe fields by dotted path, laid over the recipe. */
  set: jsonObject.default({}),
  /** A whole recipe file instead of `set`: what the form's YAML side holds. */
  yaml: z.string().max(262_144).optional(),
  model: modelSource.optional(),
  data: dataSource.optional(),
  seed: z.int().min(0).optional(),
  steps: z.int().min(1).optional(),
  ...compute,
});
export type TrainPlan = z.infer<typeof trainPlan>;

export const evalPlan = z.object({
  kind: z.literal('eval'),
  model: modelSource.optional(),
  tasks: z.array(z.string()).default([]),
  split: z.string().default('test'),
  /** Items per task. */
  n: z.int().min(1).max(1_000_000).default(100),
  think: z.boolean().default(false),
  temperature: z.number().min(0).max(100).default(0),
  maxTokens: z.int().min(1).max(1_000_000).default(128),
  seed: z.int().min(0).default(1),
  ...compute,
});
export type EvalPlan = z.infer<typeof evalPlan>;

export const runPlan = z.discriminatedUnion('kind', [trainPlan, evalPlan]);
export type RunPlan = z.infer<typeof runPlan>;

/** The item starts only if a metric of the item before it came far enough. */
export const queueGate = z.object({
  /** A metric of the run, or evaluation/accuracy. */
  metric: metricId,
  op: z.enum(['>=', '<=']),
  value: z.number(),
  of: z.literal('previous').default('previous'),
  /** Which of its values counts. */
  take: z.enum(['last', 'best']).default('last'),
});
export type QueueGate = z.infer<typeof queueGate>;

export const queueState = z.enum([
  ...runState.options,
  /** The gate was not passed, or the item before it failed. */
  'blocked',
  'removed',
]);
export type QueueState = z.infer<typeof queueState>;

export const expectedCost = z.object({
  seconds: z.number().nullable(),
  bytes: z.number().nullable(),
  peakBytes: z.number().nullable(),
});
export type ExpectedCost = z.infer<typeof expectedCost>;

export const queueItem = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['train', 'eval']),
  /** Recipe and every slot filled in, or the evaluation's parameters. */
  config: jsonObject,
  configHash: z.string(),
  plan: runPlan,
  position: z.int(),
  startsAt: instant.nullable(),
  gate: queueGate.nullable(),
  /** What the rest of the queue does when this one fails. */
  onError: z.enum(['stop', 'continue']),
  /** Item that must have ended first. */
  after: z.string().nullable(),
  status: queueState,
  /** Why it waits, is blocked or failed, in words. */
  reason: z.string().nullable(),
  expected: expectedCost.nullable(),
  run: runId.nullable(),
  createdAt: instant,
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  error: wireError.nullable(),
});
export type QueueItem = z.infer<typeof queueItem>;

export const queueView = z.object({
  /** Nothing new is started while false; what runs goes on. */
  isRunning: z.boolean(),
  /** Why the queue stands, where it does. */
  reason: z.string().nullable(),
  items: z.array(queueItem),
  /** Of the items that wait, where a dry run measured them. */
  waitingSeconds: z.number(),
  waitingBytes: z.number(),
  freeBytes: z.number(),
});
export type QueueView = z.infer<typeof queueView>;

export const enqueueEntry = z.object({
  name: runName,
  plan: runPlan,
  startsAt: instant.nullable().default(null),
  gate: queueGate.nullable().default(null),
  onError: z.enum(['stop', 'continue']).default('stop'),
  /** Absent: the entry before it in this call. null: nobody. */
  after: z.string().nullable().optional(),
  expected: expectedCost.nullable().default(null),
});
export type EnqueueEntry = z.infer<typeof enqueueEntry>;

export const enqueueRequest = z.object({
  /** One, or a chain: each starts when the one before it has ended. */
  entries: z.array(enqueueEntry).min(1).max(100),
  /** Before everything that waits. */
  isFirst: z.boolean().default(false),
});
export type EnqueueRequest = z.infer<typeof enqueueRequest>;

/** What one batch, one group and one step cost, measured. */
export const dryRunReport = z.object({
  id: z.string(),
  at: instant,
  recipe: z.string(),
  configHash: z.string(),
  status: z.enum(['running', 'done', 'failed', 'cancelled']),
  stage: z.string().nullable(),
  peakBytes: z.number().nullable(),
  estimatedBytes: z.number().nullable(),
  secondsPerStep: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  /** For the whole run. */
  seconds: z.number().nullable(),
  diskBytes: z.number().nullable(),
  steps: z.int().nullable(),
  /** All the engine reported. */
  detail: jsonObject,
  error: wireError.nullable(),
});
export type DryRunReport = z.infer<typeof dryRunReport>;
