/**
 * Datasets as the window sees them: what a workspace holds, how a list of rows is asked for, and what
 * comes back. Comes in: requests of the window and rows of the database. Goes out: the schemas both
 * sides parse with, and their types. Rows are numbered from 0 in the order of the source; that number
 * is stable for the life of a dataset.
 */
import { z } from 'zod';
import type { WireError } from '../errors.ts';
import { mapping } from './import.ts';

/** Dataset, view and job ids; also names of folders, so never a path. */
export const datasetId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'expected a dataset id');

export const rowNumber = z.int().min(0).max(0x7fffffff);
const instant = z.iso.datetime();

/** A value of a column: what SQLite can hold, booleans told apart by the column's kind. */
export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Scalar = z.infer<typeof scalar>;

/** An error as it is stored with what failed. */
// The code is one of our own: it was written by LabError.toWire.
export const wireError = z.custom<WireError>(
  (value) => typeof value === 'object' && value !== null,
);

export const columnInfo = z.object({
  /** Name in queries and filters: c0, c1, .. for columns, or key, prompt, answer, image_count. */
  name: z.string(),
  title: z.string(),
  kind: z.enum(['category', 'number', 'boolean', 'text']),
  /** What the mapping makes of it; null for a column that is only kept. */
  role: z.string().nullable(),
  /** Computed at import, not in the source. */
  isDerived: z.boolean(),
});
export type ColumnInfo = z.infer<typeof columnInfo>;

export const datasetOrigin = z.object({
  kind: z.enum(['import', 'world', 'bundled', 'rollouts']),
  /** Row form or file form of the source, as sniffed. */
  format: z.string(),
  path: z.string().nullable(),
});
export type DatasetOrigin = z.infer<typeof datasetOrigin>;

export const datasetSummary = z.object({
  id: datasetId,
  name: z.string(),
  origin: datasetOrigin,
  status: z.enum(['importing', 'ready', 'cancelled', 'failed']),
  rows: z.int(),
  badRows: z.int(),
  bytes: z.int(),
  progress: z.object({ done: z.number(), total: z.number() }).nullable(),
  isHeldOut: z.boolean(),
  columns: z.array(columnInfo),
  createdAt: instant,
  error: wireError.nullable(),
});
export type DatasetSummary = z.infer<typeof datasetSummary>;

export const datasetName = z
  .string()
  .trim()
  .min(1, 'expected a name')
  .max(120, 'expected at most 120 characters');
export const tagName = z.string().trim().min(1).max(64);

export const filter = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('in'),
    column: z.string(),
    values: z.array(scalar).max(10_000),
    /** All values but these. */
    isNot: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('range'),
    column: z.string(),
    /** Both ends belong to the range; null is open. */
    min: z.number().nullable(),
    max: z.number().nullable(),
  }),
  /** Rows with any of these tags. */
  z.object({ kind: z.literal('tag'), tags: z.array(tagName).min(1).max(1000) }),
  /** Rows a problem of the stored preflight report names. */
  z.object({ kind: z.literal('problem'), problem: z.string() }),
  /** These rows, such as a selection. */
  z.object({
    kind: z.literal('rows'),
    rows: z.array(rowNumber).max(100_000),
    isNot: z.boolean().optional(),
  }),
]);
export type Filter = z.infer<typeof filter>;

export const viewRef = z.object({ id: z.string().min(1), version: z.int().min(1) });
export type ViewRef = z.infer<typeof viewRef>;

export const rowQuery = z.object({
  dataset: datasetId,
  /** Rows of this frozen list only; in its order where no sort is named. */
  view: viewRef.optional(),
  filters: z.array(filter).max(100).default([]),
  /** Words that a row's texts hold; the last one may be a beginning. */
  search: z.string().max(1000).default(''),
  sort: z.object({ column: z.string(), isDescending: z.boolean() }).nullable().default(null),
});
export type RowQuery = z.infer<typeof rowQuery>;

export const rowCard = z.object({
  row: rowNumber,
  key: z.string(),
  /** At most 300 characters. */
  prompt: z.string(),
  answer: z.string().nullable(),
  /** sha256 of the first picture. */
  thumb: z.string().nullable(),
  imageCount: z.int(),
  tags: z.array(z.string()),
  values: z.record(z.string(), scalar),
});
export type RowCard = z.infer<typeof rowCard>;

export const rowPage = z.object({
  rows: z.array(rowCard),
  offset: z.int(),
  total: z.int(),
  ms: z.number(),
});
export type RowPage = z.infer<typeof rowPage>;

export const rowCount = z.object({
  rows: z.int(),
  ms: z.number(),
  /** Changes when the same query may give other rows. */
  token: z.string(),
});
export type RowCount = z.infer<typeof rowCount>;

const valueCount = z.object({ value: scalar, count: z.int(), total: z.int() });
export type ValueCount = z.infer<typeof valueCount>;

export const facet = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('values'),
    column: z.string(),
    title: z.string(),
    /** The most frequent ones in the whole dataset, most frequent first. */
    values: z.array(valueCount),
    distinct: z.int(),
  }),
  z.object({
    kind: z.literal('histogram'),
    column: z.string(),
    title: z.string(),
    /** `to` is the largest value in the bin: from..to as a range filter means exactly its rows. */
    bins: z.array(z.object({ from: z.number(), to: z.number(), count: z.int(), total: z.int() })),
    min: z.number(),
    max: z.number(),
    /** Of the rows that match; null when none does. */
    median: z.number().nullable(),
  }),
]);
export type Facet = z.infer<typeof facet>;

export const facetReport = z.object({
  facets: z.array(facet),
  tags: z.array(valueCount),
  ms: z.number(),
});
export type FacetReport = z.infer<typeof facetReport>;

export const facetRequest = z.object({
  query: rowQuery,
  /** Columns to look at; absent = all that can be counted. */
  columns: z.array(z.string()).max(200).optional(),
  /** Values of one column that hold this text, instead of the most frequent ones. */
  find: z.object({ column: z.string(), text: z.string().max(200) }).optional(),
});
export type FacetRequest = z.infer<typeof facetRequest>;

export const view = z.object({
  id: z.string(),
  name: z.string(),
  dataset: datasetId,
  version: z.int(),
  query: rowQuery,
  rows: z.int(),
  /** Of the row list and the dataset it points into. */
  hash: z.string(),
  createdAt: instant,
  isHeldOut: z.boolean(),
});
export type View = z.infer<typeof view>;

/** What a run can be trained on: a whole dataset or a frozen view of one. */
export const dataRef = z.object({ dataset: datasetId, view: viewRef.optional() });
export type DataRef = z.infer<typeof dataRef>;

/** A file of rows in the engine's form, and what the person should know before training on it. */
export const trainingFile = z.object({
  path: z.string(),
  /** Folder that the picture paths in the file start at. */
  mediaRoot: z.string(),
  hash: z.string(),
  rows: z.int(),
  warnings: z.array(z.string()),
});
export type TrainingFile = z.infer<typeof trainingFile>;

export const sqlTable = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(scalar)),
  /** There are more rows than were asked for. */
  isCut: z.boolean(),
  ms: z.number(),
});
export type SqlTable = z.infer<typeof sqlTable>;

export const badRow = z.object({
  /** Number in the source, from 0, good and bad rows counted; null when it gives none. */
  row: z.int().nullable(),
  file: z.string(),
  /** Or record, entry: from 1 within the file. */
  line: z.int().nullable(),
  reason: z.string(),
  excerpt: z.string(),
});
export type BadRow = z.infer<typeof badRow>;

export const worldRequest = z.object({
  name: datasetName,
  /** Task ids; empty = all of them. */
  tasks: z.array(z.string()).max(100).default([]),
  split: z.string().default('train'),
  /** One level, the smallest and largest, or null for the levels of each task. */
  difficulty: z
    .union([z.int(), z.tuple([z.int(), z.int()])])
    .nullable()
    .default(null),
  /** Rows in all. */
  n: z.int().min(1).max(1_000_000).default(1000),
  seed: z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(1),
  /** Ask for a thought before the answer. */
  think: z.boolean().default(false),
});
export type WorldRequest = z.infer<typeof worldRequest>;

/** A mapping kept under a name, offered where a source has the same columns. */
export const savedMapping = z.object({
  id: z.string(),
  name: z.string(),
  mapping,
  createdAt: instant,
});
export type SavedMapping = z.infer<typeof savedMapping>;
