/**
 * One export from start to end. Comes in: which rows, which form, where to. Goes out: a folder with the
 * rows, their media and a manifest, complete or not there at all, and what a reader gets back from it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type {
  ExportFormat,
  ExportFormatId,
  ExportLoss,
  Progress,
} from '../../../shared/model/dataset-reports.ts';
import { decodeSample, type Sample } from '../../../shared/model/sample.ts';
import { PRODUCT_VERSION } from '../../../shared/product.ts';
import { writeError } from '../../files/atomic.ts';
import type { Database } from '../../storage/database.ts';
import { openRowsFile, readColumns } from '../rows-file.ts';
import { arrange } from './arrange.ts';
import { datasetInfo } from './chat-forms.ts';
import type { ExportForm, Row, Surroundings } from './form.ts';
import { formOf } from './forms.ts';
import { MediaFolder } from './media-folder.ts';
import { ParquetSink } from './parquet-sink.ts';
import { readBack } from './round-trip.ts';
import { CsvSink, JsonlSink, JsonSink } from './sinks.ts';
import { CocoSink, type SampleSink, TarSink } from './special-sinks.ts';

export interface ExportJob {
  readonly workspace: string;
  readonly dataset: { readonly id: string; readonly name: string };
  readonly form: ExportFormatId;
  readonly file: ExportFormat['files'][number];
  /** Row numbers in order; null = all of them. */
  readonly rows: Int32Array | null;
  /** The folder that will be there. */
  readonly path: string;
  readonly isChecked: boolean;
  /** What the manifest tells beside: origin, view, filters. */
  readonly about: Row;
}

export interface ExportOutcome {
  readonly rows: number;
  readonly skipped: { readonly reason: string; readonly rows: number }[];
  readonly roundTrip: { readonly rows: number; readonly losses: ExportLoss[] } | null;
}

/** Rows between two copies of media and two words of progress. */
const BATCH = 100;
/** Rows that are read back. */
const CHECKED_ROWS = 500;

/** @throws LabError `file/write-failed` and what reading the dataset says; nothing is left behind */
export async function runExport(
  job: ExportJob,
  onProgress: (progress: Progress) => void,
): Promise<ExportOutcome> {
  const draft = `${job.path}.${randomBytes(4).toString('hex')}.partial`;
  try {
    await mkdir(draft, { recursive: true });
    const outcome = await fill(job, draft, onProgress);
    // An empty folder may be there; one with content was refused before.
    await rm(job.path, { recursive: false, force: true }).catch(() => undefined);
    await rename(draft, job.path);
    return outcome;
  } catch (cause) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw writeError(job.path, cause);
  }
}

async function fill(
  job: ExportJob,
  draft: string,
  onProgress: (progress: Progress) => void,
): Promise<ExportOutcome> {
  const form = formOf(job.form);
  const db = openRowsFile(join(job.workspace, 'datasets', job.dataset.id));
  try {
    const base = form.id === 'imagefolder' ? join(draft, 'train') : draft;
    await mkdir(base, { recursive: true });
    const media = new MediaFolder(job.workspace, base, form.id === 'imagefolder' ? '' : 'media');
    const around = surroundings(job, db, media);
    const path = join(base, `${form.fileName}.${job.file}`);
    const sink = sinkOf(job, form, around, path, media);
    const numbers = job.rows ?? allRows(db);
    const skipped = new Map<string, number>();
    const kept: Sample[] = [];
    const heads: Row[] = [];
    const read = db.prepare('SELECT sample FROM samples WHERE row = ?').pluck();
    let written = 0;
    for (let start = 0; start < numbers.length; start += BATCH) {
      for (const number of numbers.slice(start, start + BATCH)) {
        const text: unknown = read.get(number);
        if (typeof text !== 'string') continue;
        const { sample } = arrange(decodeSample(text));
        const row = form.row(sample, around, number);
        if (typeof row === 'string') {
          skipped.set(row, (skipped.get(row) ?? 0) + 1);
          continue;
        }
        await sink.add(row, sample);
        written += 1;
        if (kept.length < CHECKED_ROWS) {
          // Compared with what was asked for, not with what was arranged.
          kept.push(decodeSample(text));
          heads.push(Object.fromEntries(Object.keys(row).map((name) => [name, true])));
        }
      }
      await media.flush();
      onProgress({
        stage: 'rows',
        done: Math.min(start + BATCH, numbers.length),
        total: numbers.length,
      });
    }
    await sink.close();
    if (form.id === 'sharegpt') {
      const info = datasetInfo(job.dataset.name, basename(path), heads);
      await writeFile(join(draft, 'dataset_info.json'), `${JSON.stringify(info, null, 2)}\n`);
    }
    onProgress({ stage: 'check', done: 0, total: kept.length });
    const roundTrip =
      job.isChecked && form.id !== 'coco' && written > 0
        ? await readBack(
            { workspace: job.workspace, form, file: job.file, path, folder: draft },
            kept,
          )
        : null;
    const outcome: ExportOutcome = {
      rows: written,
      skipped: [...skipped].map(([reason, rows]) => ({ reason, rows })),
      roundTrip,
    };
    await writeManifest(job, form, draft, outcome, media);
    return outcome;
  } finally {
    db.close();
  }
}

function allRows(db: Database): Int32Array {
  const count = Number(db.prepare('SELECT count(*) FROM samples').pluck().get());
  return Int32Array.from({ length: count }, (_, row) => row);
}

function surroundings(job: ExportJob, db: Database, media: MediaFolder): Surroundings {
  const any = (sql: string) => db.prepare(`SELECT EXISTS (${sql})`).pluck().get() === 1;
  const extras = new Map<string, 'text' | 'number' | 'boolean' | 'json'>();
  for (const { title, kind, isDerived, role } of readColumns(db)) {
    // `a.b` is a field of an object, which goes out whole.
    const name = title.split('.')[0] ?? title;
    if (isDerived || (role !== null && role !== 'ignore')) continue;
    if (name !== title) extras.set(name, 'json');
    else extras.set(title, kind === 'number' || kind === 'boolean' ? kind : 'text');
  }
  return {
    name: job.dataset.name,
    file: job.file,
    media: (ref) => (job.file === 'parquet' ? media.embedded(ref) : media.path(ref)),
    hasPrompts: any("SELECT 1 FROM rows WHERE prompt != ''"),
    hasImages: any('SELECT 1 FROM rows WHERE image_count > 0'),
    hasSeveral: any(
      `SELECT 1 FROM rows WHERE image_count > 1 UNION ALL
       SELECT 1 FROM samples WHERE json_array_length(sample, '$.audios') > 0`,
    ),
    isRanking: any(`SELECT 1 FROM samples WHERE json_extract(sample, '$.rejected') IS NOT NULL`),
    extras,
  };
}

function sinkOf(
  job: ExportJob,
  form: ExportForm,
  around: Surroundings,
  path: string,
  media: MediaFolder,
): SampleSink {
  if (form.id === 'webdataset') return new TarSink(job.workspace, dirname(path), around.hasSeveral);
  if (form.id === 'coco') return new CocoSink(path, (ref) => media.path(ref));
  const columns = { ...form.columns(around), ...missing(around.extras, form.columns(around)) };
  switch (job.file) {
    case 'parquet':
      return new ParquetSink(path, columns);
    case 'csv':
      return new CsvSink(path, Object.keys(columns));
    case 'json':
      return new JsonSink(path);
    default:
      return new JsonlSink(path);
  }
}

function missing<T>(extras: ReadonlyMap<string, T>, own: Row): Record<string, T> {
  return Object.fromEntries([...extras].filter(([name]) => !Object.hasOwn(own, name)));
}

async function writeManifest(
  job: ExportJob,
  form: ExportForm,
  draft: string,
  outcome: ExportOutcome,
  media: MediaFolder,
): Promise<void> {
  const files = readdirSync(draft, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    // Media are named by their hash.
    .filter((path) => !/[0-9a-f]{64}\.\w+$/.test(path))
    .sort();
  const listed = [];
  for (const path of files) {
    listed.push({
      path: path.slice(draft.length + 1),
      bytes: statSync(path).size,
      sha256: await sha256Of(path),
    });
  }
  const manifest = {
    format: 1,
    writtenBy: `Rationale ${PRODUCT_VERSION}`,
    writtenAt: new Date().toISOString(),
    ...job.about,
    form: form.id,
    file: job.file,
    roles: form.roles,
    ...outcome,
    files: listed,
    media: { files: media.count, bytes: media.bytes },
    licence: 'Not recorded: the licence of the source applies.',
  };
  await writeFile(join(draft, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}
