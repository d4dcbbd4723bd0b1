/**
 * Runs as the window sees them: lists, one run's state, what happened, how healthy it is. Comes in:
 * run folders as main reads them. Goes out: schemas and types; times are milliseconds since 1970.
 */
import { z } from 'zod';
import type { WireError } from '../errors.ts';
import { jsonObject } from '../json.ts';

export const runId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/, 'expected a run id');
export const metricId = z.string().min(1).max(200);
export const instant = z.number();
// The code is one of our own: it was written by LabError.toWire.
export const wireError = z.custom<WireError>(
  (value) => typeof value === 'object' && value !== null && 'code' in value,
);
export const runName = z.string().trim().min(1, 'expected a name').max(120);
export const runTag = z.string().trim().min(1).max(64);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const RUN_STATES = [
  'waiting',
  'starting',
  'running',
  'paused',
  'stopping',
  'finished',
  'failed',
  'cancelled',
  'interrupted',
] as const;
/** `interrupted`: no process holds the run and it did not end by itself (killed, power lost). */
export const runState = z.enum(RUN_STATES);
export type RunState = z.infer<typeof runState>;

export const runSummary = z.object({
  id: runId,
  name: z.string(),
  recipe: z.string(),
  /** online-rl, supervised, preference; null for a run no recipe started. */
  shape: z.string().nullable(),
  status: runState,
  /** Last step with metrics, 0 before the first. */
  step: z.int(),
  /** Steps planned; null when the run does not say. */
  steps: z.int().nullable(),
  createdAt: instant,
  startedAt: instant,
  endedAt: instant.nullable(),
  /** Median of the recent steps. */
  secondsPerStep: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  /** Path or `starter`. */
  model: z.string(),
  /** Path, or `world` for the starter world. */
  data: z.string(),
  /** The run whose checkpoint this one began with. */
  parent: z.object({ run: runId, step: z.int() }).nullable(),
  tags: z.array(z.string()),
  note: z.string(),
  isArchived: z.boolean(),
  /** Newest value of each metric. */
  latest: z.record(z.string(), z.number().nullable()),
  /** The recipe fields asked for, by dotted path. */
  params: z.record(z.string(), scalar),
  /** Queue item that runs it now or ran it last. */
  item: z.string().nullable(),
  /** Whether a stopped, failed or interrupted run has a checkpoint and steps left. */
  canResume: z.boolean(),
  error: wireError.nullable(),
});
export type RunSummary = z.infer<typeof runSummary>;

/** What can be sorted, grouped and shown in the list of runs. */
export const runColumns = z.object({
  metrics: z.array(z.string()),
  params: z.array(z.string()),
});
export type RunColumns = z.infer<typeof runColumns>;

/** Live numbers of one run, at most ten a second. */
export const runStatus = z.object({
  status: runState,
  step: z.int(),
  steps: z.int().nullable(),
  secondsPerStep: z.number().nullable(),
  etaSeconds: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  /** Stage under way and how far it is, where the engine tells. */
  stage: z.string().nullable(),
  stageDone: z.number(),
  stageTotal: z.number(),
  latest: z.record(z.string(), z.number().nullable()),
  /** When the engine last said anything. */
  heardAt: instant.nullable(),
  restarts: z.int(),
  error: wireError.nullable(),
});
export type RunLiveStatus = z.infer<typeof runStatus>;

export const runEventRow = z.object({
  /** 1, 2, 3, ... without a gap, in the order in which main read them. */
  seq: z.int(),
  at: instant,
  /** Step the event belongs to, or that was done by then; null before the first. */
  step: z.int().nullable(),
  /** started, resumed, checkpoint, paused, control, crashed, restarted, evaluated, finished, ... */
  kind: z.string(),
  data: jsonObject,
});
export type RunEventRow = z.infer<typeof runEventRow>;

/** What a subscription to a run gives: an event of its log (tracked by seq), or where it stands. */
export const runWatch = z.discriminatedUnion('type', [
  z.object({ type: z.literal('event'), event: runEventRow }),
  z.object({ type: z.literal('status'), status: runStatus }),
]);
export type RunWatch = z.infer<typeof runWatch>;

/** A step, or one group of it, that shows a finding. */
export const healthEvidence = z.object({
  step: z.int(),
  /** Absent: the whole step. */
  prompt: z.string().optional(),
  note: z.string(),
});

export const healthSignal = z.object({
  id: z.string(),
  title: z.string(),
  value: z.number().nullable(),
  unit: z.string(),
  state: z.enum(['ok', 'warn', 'bad', 'unknown']),
  /** What the state says in a word or two: 'rising', 'in band', 'above 0.30'. */
  word: z.string(),
  band: z.tuple([z.number().nullable(), z.number().nullable()]).nullable(),
  /** The last values, at most 40. */
  spark: z.array(z.number().nullable()),
  finding: z.string(),
  cause: z.string(),
  action: z.string(),
  /** Steps and groups behind the finding, newest first; `evidence` of the query lists more. */
  evidence: z.array(healthEvidence),
  metric: z.string().nullable(),
});
export type HealthSignal = z.infer<typeof healthSignal>;

/** Seconds per stage of recent steps, oldest first. */
export const runStages = z.object({
  stages: z.array(z.string()),
  rows: z.array(z.object({ step: z.int(), seconds: z.array(z.number()) })),
  /** Of the shown steps. */
  means: z.array(z.object({ stage: z.string(), seconds: z.number(), share: z.number() })),
  memory: z.array(z.object({ part: z.string(), bytes: z.number() })),
  peakBytes: z.number().nullable(),
  totalBytes: z.number().nullable(),
  /** What a dry run of the same configuration measured. */
  dryRunBytes: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
});
export type RunStages = z.infer<typeof runStages>;

export const checkpointInfo = z.object({
  step: z.int(),
  path: z.string(),
  bytes: z.number(),
  at: instant,
  isAdapter: z.boolean(),
});
export type CheckpointInfo = z.infer<typeof checkpointInfo>;

export const runConfig = z.object({
  run: runId,
  recipe: z.string(),
  seed: z.int(),
  version: z.string(),
  path: z.string(),
  config: jsonObject,
  /** The same as a recipe file. */
  yaml: z.string(),
  hash: z.string(),
});
export type RunConfig = z.infer<typeof runConfig>;

/** What may be changed or asked for while a run is going. */
export const runCommand = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lr-scale'), value: z.number().min(0).max(1000) }),
  z.object({ kind: z.literal('kl-weight'), value: z.number().min(0).max(1000) }),
  z.object({ kind: z.literal('stop-step'), value: z.int().min(1) }),
  z.object({ kind: z.literal('checkpoint-now') }),
  z.object({ kind: z.literal('evaluate-now') }),
]);
export type RunCommand = z.infer<typeof runCommand>;

export const commandResult = z.object({
  accepted: z.boolean(),
  /** Step at which it takes effect, where the engine says. */
  step: z.int().nullable(),
  message: z.string(),
});
export type CommandResult = z.infer<typeof commandResult>;

/** Result of an evaluation: a queue item of kind eval, or one during a run. */
export const evaluationResult = z.object({
  id: z.string(),
  item: z.string().nullable(),
  run: runId.nullable(),
  step: z.int().nullable(),
  model: z.string(),
  at: instant,
  n: z.int(),
  accuracy: z.number(),
  ci95: z.tuple([z.number(), z.number()]).nullable(),
  split: z.string(),
  slices: jsonObject,
});
export type EvaluationResult = z.infer<typeof evaluationResult>;

/** Where a webhook goes and whether there are desktop notices is part of the workspace's settings. */
export const runSettings = z.object({
  /** Runs that were going when the app ended go on by themselves at the next start. */
  autoResume: z.boolean(),
  /** Restarts after a crash, at most this many in ten minutes. */
  restartLimit: z.int().min(0).max(20),
});
export type RunSettings = z.infer<typeof runSettings>;
