/**
 * Curves of a run: what is asked for and what comes back. Every point of a run is kept; a reply holds
 * at most `maxPoints` buckets, each with the extremes of what it covers.
 */
import { z } from 'zod';
import { metricId, runId } from './app-run.ts';

/** x of a chart: training step, active seconds, tokens or samples since the start. */
export const seriesAxis = z.enum(['step', 'time', 'tokens', 'samples']);
export type SeriesAxis = z.infer<typeof seriesAxis>;

export const seriesRequest = z.object({
  run: runId,
  metrics: z.array(metricId).min(1).max(64),
  x: seriesAxis.default('step'),
  /** Ends of the visible part, in units of x; null = the run's own. */
  from: z.number().nullable().default(null),
  to: z.number().nullable().default(null),
  maxPoints: z.int().min(2).max(20_000).default(1000),
});
export type SeriesRequest = z.infer<typeof seriesRequest>;

export const seriesPoint = z.object({
  /** First step of the bucket. */
  step: z.int(),
  x: z.number(),
  /** null: nothing finite was reported (a gap). */
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  first: z.number().nullable(),
  last: z.number().nullable(),
  /** Points that were reported, finite or not. */
  count: z.int(),
});
export type SeriesPoint = z.infer<typeof seriesPoint>;

export const series = z.object({
  metric: metricId,
  unit: z.string(),
  /** Level of the pyramid that was read: 0 holds every point, n buckets of 8^n. */
  level: z.int(),
  /** Points per bucket of this reply; 1: every point as it was reported. */
  bucket: z.int(),
  /** Points in the asked part before they were put into buckets. */
  total: z.int(),
  points: z.array(seriesPoint),
});
export type Series = z.infer<typeof series>;

export const catalogEntry = z.object({
  id: metricId,
  unit: z.string(),
  title: z.string(),
  group: z.string(),
  points: z.int(),
  lastStep: z.int(),
  last: z.number().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
});
export type CatalogEntry = z.infer<typeof catalogEntry>;
