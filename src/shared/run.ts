/**
 * What a run folder holds, as schemas: `run.json` (frozen at the start), `events.jsonl`,
 * `metrics.jsonl`, `rollouts/step-XXXXXX.jsonl`, `checkpoints/step-XXXXXX/`.
 */
import { z } from 'zod';
import { jsonObject } from './json.ts';

export const runRecord = z.object({
  /** Version of this layout. */
  format: z.literal(1),
  id: z.string(),
  /** Id of the recipe, for people and lists; the resolved recipe is in `config`. */
  recipe: z.string(),
  seed: z.int(),
  createdAt: z.iso.datetime(),
  /** Version of Rationale that started the run. */
  version: z.string(),
  /** Everything a resume needs: resolved recipe, model, data, device choices. Never edited. */
  config: jsonObject,
});
export type RunRecord = z.infer<typeof runRecord>;

export const runEvent = z.object({
  /** 0, 1, 2, ... without a gap. */
  seq: z.int().min(0),
  at: z.iso.datetime(),
  /** started, resumed, checkpoint, finished, failed, cancelled, or a word of the job's own. */
  kind: z.string(),
  data: jsonObject,
});
export type RunEvent = z.infer<typeof runEvent>;

/** A step may have several rows (run again after a resume, evaluated later): the later value wins. */
export const metricRow = z.object({
  step: z.int().min(0),
  /** When the step ended, epoch ms; files of older versions lack it. */
  at: z.number().optional(),
  /** JSON has no NaN: a metric that was not finite reads null. */
  values: z.record(z.string(), z.number().nullable()),
});
export type MetricRow = z.infer<typeof metricRow>;

/** `interrupted`: no process holds the run and it did not end by itself (killed, power lost). */
export type RunStatus = 'running' | 'finished' | 'failed' | 'cancelled' | 'interrupted';
