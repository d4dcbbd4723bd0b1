/**
 * What the import screen talks about. Comes in: what was found at a path (its format, row form,
 * columns) and what the person decides (which column plays which role). Goes out: samples as they
 * would be imported, with what is wrong with them, before anything is written.
 */
import { z } from 'zod';
import { sample } from './sample.ts';

/** How the bytes are packed. */
export const sourceFormat = z.enum([
  'jsonl',
  'json',
  'csv',
  'parquet',
  'arrow',
  'imagefolder',
  'webdataset',
]);
export type SourceFormat = z.infer<typeof sourceFormat>;

/** Row form: which project's names the columns carry. */
export const ROW_SHAPES = [
  'trl-language-modeling',
  'trl-prompt',
  'trl-prompt-completion',
  'trl-preference',
  'trl-unpaired',
  'trl-stepwise',
  'sharegpt',
  'alpaca',
  'llava',
  'ms-swift',
  'verl',
  'easyr1',
  'vision-r1',
  'imagefolder',
  'webdataset',
  'rationale',
  'plain',
] as const;
export const rowShape = z.enum(ROW_SHAPES);
export type RowShape = z.infer<typeof rowShape>;

/** What a column is to the lab. `ignore` columns are kept in `extra` all the same. */
export const COLUMN_ROLES = [
  'messages',
  'prompt',
  'input',
  'history',
  'system',
  'images',
  'image',
  'videos',
  'frames',
  'audios',
  'completion',
  'chosen',
  'rejected',
  'answer',
  'label',
  'steps',
  'step-labels',
  'task',
  'difficulty',
  'id',
  'boxes',
  'verifier',
  'split',
  'ignore',
] as const;
export const columnRole = z.enum(COLUMN_ROLES);
export type ColumnRole = z.infer<typeof columnRole>;

/** Numbers of a box as the source writes them. */
export const boxScale = z.enum([
  'auto',
  'pixels-xywh',
  'pixels-xyxy',
  'thousand-xyxy',
  'unit-xyxy',
  'percent-xywh',
]);
export type BoxScale = z.infer<typeof boxScale>;

/** Names inside the turns of a conversation. */
export const messageTags = z.object({
  role: z.string().default('role'),
  content: z.string().default('content'),
  user: z.array(z.string()).default(['user', 'human']),
  assistant: z.array(z.string()).default(['assistant', 'gpt', 'function_call', 'tool_call']),
  system: z.array(z.string()).default(['system']),
  tool: z.array(z.string()).default(['tool', 'observation', 'tool_response']),
});
export type MessageTags = z.infer<typeof messageTags>;

export const mappingOptions = z.object({
  /** Folder that picture paths start at; absolute paths are allowed only below it. */
  imageRoot: z.string().max(4096).nullable().default(null),
  tags: messageTags.default(messageTags.parse({})),
  /**
   * `<image>` in a text: `auto` fits marks to pictures and shows pictures first where there is no
   * mark; `strict` wants a mark for every picture; `text` leaves marks as they are.
   */
  marks: z.enum(['auto', 'strict', 'text']).default('auto'),
  /** Added to the last user turn. */
  promptSuffix: z.string().max(10_000).default(''),
  boxes: boxScale.default('auto'),
  /** Only this split; null = all of them. */
  split: z.string().max(200).nullable().default(null),
  /** Which set of a `dataset_info.json`; null = the first. */
  set: z.string().max(200).nullable().default(null),
});
export type MappingOptions = z.infer<typeof mappingOptions>;

export const columnMapping = z.object({
  /** Name in the source; `a.b` is field b of the object in column a. */
  column: z.string().max(1000),
  role: columnRole,
});

export const mapping = z.object({
  shape: rowShape,
  columns: z.array(columnMapping).max(2000),
  options: mappingOptions.default(mappingOptions.parse({})),
});
export type Mapping = z.infer<typeof mapping>;

export const sourceColumn = z.object({
  name: z.string(),
  kind: z.enum([
    'text',
    'number',
    'boolean',
    'list',
    'object',
    'messages',
    'media',
    'boxes',
    'empty',
  ]),
  /** First values, shortened to 200 characters each. */
  examples: z.array(z.string()),
  /** Rows of the sniffed head that have a value here. */
  filled: z.int(),
});
export type SourceColumn = z.infer<typeof sourceColumn>;

export const sourceFile = z.object({
  path: z.string(),
  bytes: z.int(),
  split: z.string().nullable(),
});
export type SourceFile = z.infer<typeof sourceFile>;

/** What was found at a path. */
export const sniffResult = z.object({
  path: z.string(),
  format: sourceFormat,
  shape: rowShape,
  /** 0..1: how sure the shape is. */
  confidence: z.number(),
  files: z.array(sourceFile),
  bytes: z.int(),
  /** Where the format says it; null otherwise. */
  rows: z.int().nullable(),
  columns: z.array(sourceColumn),
  splits: z.array(z.string()),
  /** Sets of a `dataset_info.json`; empty elsewhere. */
  sets: z.array(z.string()),
  mapping,
  /** What the person should know: guesses, files left aside, features that are not read. */
  notes: z.array(z.string()),
});
export type SniffResult = z.infer<typeof sniffResult>;

export const previewRow = z.object({
  file: z.string(),
  line: z.int(),
  /** Null when the row would go to the list of bad rows. */
  sample: sample.nullable(),
  /** Why it would not be imported, or what was assumed. */
  problems: z.array(z.string()),
  /** The source row, shortened. */
  source: z.string(),
});
export type PreviewRow = z.infer<typeof previewRow>;

export const previewResult = z.object({ rows: z.array(previewRow), notes: z.array(z.string()) });
export type PreviewResult = z.infer<typeof previewResult>;

/** Where an import is; the totals are of source bytes or, for folders, of files. */
export const importProgress = z.object({
  done: z.number(),
  total: z.number(),
  rows: z.int(),
  badRows: z.int(),
  stage: z.enum(['reading', 'indexing', 'counting']),
});
export type ImportProgress = z.infer<typeof importProgress>;

export const importResult = z.object({
  kind: z.enum(['finished', 'cancelled']),
  rows: z.int(),
  badRows: z.int(),
  /** Size of rows.sqlite and of the media this dataset names. */
  bytes: z.int(),
  notes: z.array(z.string()),
});
export type ImportResult = z.infer<typeof importResult>;
