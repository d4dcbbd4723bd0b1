/**
 * What is found out about a dataset and what is made of it: preflight reports, exports, and one row as
 * a model sees it. Comes in: results of the main process. Goes out: schemas and types for the window.
 */
import { z } from 'zod';
import { modelSeesResult } from '../protocol/results.ts';
import { datasetId, rowNumber, rowQuery, viewRef, wireError } from './dataset.ts';

const progress = z.object({ done: z.number(), total: z.number(), stage: z.string() });
export type Progress = z.infer<typeof progress>;

export const PREFLIGHT_KINDS = [
  'bad-rows',
  'duplicate-key',
  'duplicate-row',
  'empty-answer',
  'exif-rotation',
  'held-out-duplicate',
  'huge-image',
  'image-marks',
  'long-prompt',
  'missing-image',
  'near-duplicate',
  'tiny-image',
  'unparsable-answer',
] as const;

export const preflightFix = z.object({
  id: z.enum(['exclude-rows', 'keep-first', 'note']),
  /** What the button says. */
  title: z.string(),
  /** What will be there afterwards. */
  effect: z.string(),
});
export type PreflightFix = z.infer<typeof preflightFix>;

export const preflightProblem = z.object({
  id: z.enum(PREFLIGHT_KINDS),
  severity: z.enum(['error', 'warn', 'info']),
  title: z.string(),
  detail: z.string(),
  /** How many rows it is about; the rows themselves open through a `problem` filter. */
  rows: z.int(),
  /** The first ones, for a preview. */
  examples: z.array(z.object({ row: rowNumber, note: z.string() })),
  fixes: z.array(preflightFix),
});
export type PreflightProblem = z.infer<typeof preflightProblem>;

export const preflightReport = z.object({
  dataset: datasetId,
  checkedAt: z.iso.datetime(),
  rows: z.int(),
  ms: z.number(),
  problems: z.array(preflightProblem),
});
export type PreflightReport = z.infer<typeof preflightReport>;

export const preflightState = z.object({
  report: preflightReport.nullable(),
  running: progress.nullable(),
  error: wireError.nullable(),
});
export type PreflightState = z.infer<typeof preflightState>;

export const EXPORT_FORMATS = [
  'rationale',
  'trl-language-modeling',
  'trl-prompt-only',
  'trl-prompt-completion',
  'trl-preference',
  'trl-unpaired-preference',
  'trl-stepwise',
  'sharegpt',
  'llava',
  'ms-swift',
  'verl',
  'easyr1',
  'imagefolder',
  'webdataset',
  'coco',
  'csv',
] as const;
export const exportFormatId = z.enum(EXPORT_FORMATS);
export type ExportFormatId = z.infer<typeof exportFormatId>;

export const exportFormat = z.object({
  id: exportFormatId,
  title: z.string(),
  about: z.string(),
  /** File kinds it can be written as; the first is the default. */
  files: z.array(z.enum(['jsonl', 'json', 'parquet', 'csv', 'tar'])),
  /** What this form has no place for. */
  loses: z.string(),
});
export type ExportFormat = z.infer<typeof exportFormat>;

export const exportRequest = z.object({
  dataset: datasetId,
  view: viewRef.optional(),
  /** Rows of a query instead of the whole dataset or view. */
  query: rowQuery.optional(),
  format: exportFormatId,
  file: z.enum(['jsonl', 'json', 'parquet', 'csv', 'tar']).optional(),
  /** Empty or new folder; absent = one under exports/ of the workspace. */
  path: z.string().min(1).max(4096).optional(),
  /** Read the result back and list what differs. */
  isChecked: z.boolean().default(true),
});
export type ExportRequest = z.infer<typeof exportRequest>;

export const exportLoss = z.object({ field: z.string(), rows: z.int(), example: z.string() });
export type ExportLoss = z.infer<typeof exportLoss>;

export const exportRecord = z.object({
  id: z.string(),
  dataset: datasetId,
  format: exportFormatId,
  path: z.string(),
  status: z.enum(['running', 'done', 'cancelled', 'failed']),
  progress: progress.nullable(),
  rows: z.int(),
  /** Rows this form cannot hold, by reason. */
  skipped: z.array(z.object({ reason: z.string(), rows: z.int() })),
  roundTrip: z.object({ rows: z.int(), losses: z.array(exportLoss) }).nullable(),
  createdAt: z.iso.datetime(),
  error: wireError.nullable(),
});
export type ExportRecord = z.infer<typeof exportRecord>;

/** One row with the template of a model applied, cut where training would cut it. */
export const modelView = modelSeesResult.extend({
  images: z.array(modelSeesResult.shape.images.element.extend({ sha256: z.string() })),
});
export type ModelView = z.infer<typeof modelView>;
