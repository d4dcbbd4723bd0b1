/**
 * All files of a source as one stream of batches. Comes in: an opened source and the position of the
 * last batch that was kept. Goes out: batches with the file they are from. A file that cannot be
 * opened is one bad row; the others are read all the same.
 */
import { LabError } from '../../../shared/errors.ts';
import type { SourceFile } from '../../../shared/model/import.ts';
import { readCsv } from './csv.ts';
import { readImageFolder } from './imagefolder.ts';
import { readJsonArray } from './json-array.ts';
import { readJsonl } from './jsonl.ts';
import type { OpenedSource } from './open-source.ts';
import { BATCH_ROWS, type FileBatch, type FilePosition, type FileReader, START } from './source.ts';

/** Written with every committed batch; an import goes on from here. */
export interface SourcePosition extends FilePosition {
  /** Index in the list of files. */
  readonly file: number;
  /** Rows of all files behind us, good and bad. */
  readonly ordinal: number;
}

export const SOURCE_START: SourcePosition = { file: 0, ordinal: 0, ...START };

export interface SourceBatch {
  readonly file: SourceFile;
  readonly items: FileBatch['items'];
  /** Number of the first item, over all files. */
  readonly ordinal: number;
  readonly next: SourcePosition;
  /** Of {@link sourceBytes}. */
  readonly done: number;
  readonly notes: readonly string[];
}

/** What the progress bar ends at. */
export function sourceBytes(source: OpenedSource): number {
  return source.files.reduce((sum, file) => sum + file.bytes, 0);
}

export interface ReadOptions {
  /** Only the files of this split; rows name theirs in a column elsewhere. */
  readonly split?: string | null;
  readonly batchRows?: number;
}

export async function* readSource(
  source: OpenedSource,
  from: SourcePosition = SOURCE_START,
  { split = null, batchRows = BATCH_ROWS }: ReadOptions = {},
): AsyncGenerator<SourceBatch> {
  let ordinal = from.ordinal;
  for (const [index, file] of source.files.entries()) {
    if (index < from.file || isOtherSplit(source, file, split)) continue;
    const before = source.files.slice(0, index).reduce((sum, { bytes }) => sum + bytes, 0);
    const start = index === from.file ? { offset: from.offset, line: from.line } : START;
    for await (const batch of readFile(source, file, start, batchRows)) {
      // The end of a file is a batch of its own, below.
      if (batch.items.length === 0) continue;
      const first = ordinal;
      ordinal += batch.items.length;
      yield {
        file,
        items: batch.items,
        ordinal: first,
        next: { ...batch.next, file: index, ordinal },
        done: before + Math.min(file.bytes, batch.bytesDone),
        notes: batch.notes ?? [],
      };
    }
    const done = before + file.bytes;
    yield {
      file,
      items: [],
      ordinal,
      next: { ...START, file: index + 1, ordinal },
      done,
      notes: [],
    };
  }
}

async function* readFile(
  source: OpenedSource,
  file: SourceFile,
  start: FilePosition,
  batchRows: number,
): AsyncGenerator<FileBatch> {
  let last = start;
  try {
    const read = await readerOf(source, file);
    for await (const batch of read(file, start, batchRows)) {
      yield batch;
      last = batch.next;
    }
  } catch (thrown) {
    const { message } = LabError.from(thrown);
    const line = last.line + 1;
    const reason = `the file cannot be read further: ${message}`;
    const items = [{ kind: 'bad' as const, line, reason, excerpt: '' }];
    yield { items, next: { ...last, line }, bytesDone: file.bytes };
  }
}

/**
 * The reader of one file: a folder may mix JSON Lines and JSON, metadata may be either. Those with a
 * large library behind them are loaded when they are needed: a preview should not wait for Arrow.
 */
async function readerOf(source: OpenedSource, file: SourceFile): Promise<FileReader> {
  if (source.format === 'imagefolder' && !source.hasMetadata) return readImageFolder;
  if (/\.(?:csv|tsv)$/i.test(file.path)) return readCsv;
  if (/\.(?:jsonl|ndjson)$/i.test(file.path)) return readJsonl;
  if (source.format === 'json') return readJsonArray;
  if (source.format === 'parquet') return (await import('./parquet.ts')).readParquet;
  if (source.format === 'arrow') return (await import('./arrow.ts')).readArrow;
  if (source.format === 'webdataset') return (await import('./webdataset.ts')).readWebDataset;
  return source.format === 'csv' ? readCsv : readJsonl;
}

function isOtherSplit(source: OpenedSource, file: SourceFile, split: string | null): boolean {
  const hasSplits = source.files.some((other) => other.split !== null);
  return split !== null && hasSplits && file.split !== split;
}
