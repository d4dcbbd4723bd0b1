/**
 * Generated samples in (starter world, rollouts), a finished rows.sqlite out, in the calling thread with
 * a pause after each batch. Their media are in the store already.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImportProgress, ImportResult } from '../../../shared/model/import.ts';
import type { Sample } from '../../../shared/model/sample.ts';
import { closeBulk, createRowsFile, forBulk, ROWS_FILE, writeMeta } from '../rows-file.ts';
import { facetValues } from './columns.ts';
import { finishRows } from './finish.ts';
import type { MadeRow } from './make-rows.ts';
import { RowsWriter } from './rows-writer.ts';

export interface WriteRowsOptions {
  /** For the progress bar; unknown is fine. */
  readonly total?: number;
  /** What the column `source_file` says; default `generated`. */
  readonly name?: string;
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly signal?: AbortSignal;
}

/** Smaller than an import's: the caller may be the main process. */
const BATCH = 250;

/** @throws LabError `file/write-failed`; what `samples` throws, with the rows so far kept */
export async function writeRows(
  folder: string,
  samples: AsyncIterable<Sample> | Iterable<Sample>,
  options: WriteRowsOptions = {},
): Promise<ImportResult> {
  const db = createRowsFile(folder);
  try {
    forBulk(db);
    writeMeta(db, 'state', 'importing');
    const writer = new RowsWriter(db, null);
    let batch: MadeRow[] = [];
    let ordinal = 0;
    const flush = async (): Promise<void> => {
      writer.write({
        rows: batch,
        file: options.name ?? 'generated',
        position: ordinal,
        notes: [],
      });
      batch = [];
      const { rows, badRows } = writer;
      options.onProgress?.({
        done: rows,
        total: options.total ?? rows,
        rows,
        badRows,
        stage: 'reading',
      });
      await nextTurn();
    };
    let isCancelled = false;
    for await (const sample of samples) {
      isCancelled = options.signal?.aborted ?? false;
      if (isCancelled) break;
      batch.push(rowOf(sample, ordinal++));
      if (batch.length >= BATCH) await flush();
    }
    await flush();
    if (isCancelled) closeBulk(db);
    else finishRows(db, writer);
    const { size } = statSync(join(folder, ROWS_FILE));
    const { rows, badRows, notes } = writer;
    const bytes = size + writer.mediaBytes();
    return { kind: isCancelled ? 'cancelled' : 'finished', rows, badRows, bytes, notes };
  } finally {
    db.close();
  }
}

function rowOf(sample: Sample, ordinal: number): MadeRow {
  return {
    kind: 'row',
    sample,
    facets: facetValues(sample.extra),
    notes: [],
    line: ordinal + 1,
    ordinal,
  };
}
