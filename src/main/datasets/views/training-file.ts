/**
 * What a run is trained on. Comes in: a dataset or a version of a view. Goes out: `views/<hash>.jsonl`
 * of the workspace, one row of the engine's form a line, written once per content, and warnings that
 * belong before a start.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { DataRef, TrainingFile } from '../../../shared/model/dataset.ts';
import { decodeSample } from '../../../shared/model/sample.ts';
import { placeFileAtomic } from '../../files/atomic.ts';
import { openRowsFile } from '../rows-file.ts';
import type { DatasetTable } from '../service/dataset-table.ts';
import { engineRow } from './engine-row.ts';
import type { Views } from './views.ts';

/** Raised when the form of a line changes. */
const FORMAT = 1;
/** Lines written between two breaths of the event loop. */
const BATCH = 200;

export interface TrainingFileOptions {
  readonly workspace: string;
  readonly table: DatasetTable;
  readonly views: Views;
}

/** @throws LabError `dataset/missing`, `dataset/missing-view`, `dataset/busy`, `file/write-failed` */
export async function writeTrainingFile(
  options: TrainingFileOptions,
  ref: DataRef,
): Promise<TrainingFile> {
  const dataset = options.table.get(ref.dataset);
  if (dataset.status === 'importing') {
    throw new LabError('dataset/busy', `[datasets] ${dataset.name} is still being imported`);
  }
  const view = ref.view === undefined ? undefined : options.views.get(ref.view);
  if (view !== undefined && view.dataset !== ref.dataset) {
    throw new LabError(
      'dataset/missing-view',
      `[datasets] the view ${view.name} is of ${view.dataset}, not of ${ref.dataset}`,
    );
  }
  const rows = ref.view === undefined ? undefined : options.views.rows(ref.view);
  const hash = createHash('sha256')
    .update(JSON.stringify([FORMAT, dataset.id, view?.hash ?? `all ${dataset.rows}`]))
    .digest('hex');
  const path = join(options.workspace, 'views', `${hash}.jsonl`);
  const count = rows?.length ?? dataset.rows;
  if (!existsSync(path)) {
    const folder = join(options.workspace, 'datasets', dataset.id);
    await placeFileAtomic(path, async (handle) => {
      for await (const lines of linesOf(folder, rows, dataset.rows)) await handle.appendFile(lines);
    });
  }
  const warnings: string[] = [];
  if (count === 0) warnings.push('There are no rows in it.');
  if (view?.isHeldOut === true) warnings.push(`The view ${view.name} is marked as held out.`);
  if (dataset.isHeldOut) warnings.push(`The dataset ${dataset.name} is marked as held out.`);
  return { path, mediaRoot: join(options.workspace, 'media'), hash, rows: count, warnings };
}

async function* linesOf(
  folder: string,
  rows: Int32Array | undefined,
  total: number,
): AsyncGenerator<string> {
  const db = openRowsFile(folder);
  try {
    const statement = db.prepare('SELECT sample FROM samples WHERE row = ?').pluck();
    const count = rows?.length ?? total;
    for (let start = 0; start < count; start += BATCH) {
      let lines = '';
      for (let place = start; place < Math.min(start + BATCH, count); place++) {
        const text: unknown = statement.get(rows?.[place] ?? place);
        if (typeof text === 'string') lines += `${JSON.stringify(engineRow(decodeSample(text)))}\n`;
      }
      yield lines;
    }
  } finally {
    db.close();
  }
}
