/**
 * The import room from outside. Comes in: a path and a mapping. Goes out: what is there, how its rows
 * would look, and a filled rows.sqlite. Foreign files are read in a worker thread: this file starts one
 * per job and passes its messages on.
 */
import { Worker } from 'node:worker_threads';
import { LabError } from '../../../shared/errors.ts';
import type {
  ImportProgress,
  ImportResult,
  Mapping,
  PreviewResult,
  SniffResult,
} from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import { entryPath } from '../../entries.ts';
import type { ImportRequest } from './run-import.ts';
import type { WorkerJob, WorkerMessage } from './worker-messages.ts';

export interface PreviewOptions {
  /** Default 20. */
  readonly count?: number;
  /** Workspace whose media store the pictures of the preview are put into. */
  readonly workspace: string;
}

export interface ImportOptions {
  readonly path: string;
  readonly mapping: Mapping;
  /** `<workspace>/datasets/<id>`; rows.sqlite is made in it. */
  readonly folder: string;
  readonly workspace: string;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** Media that were stored, in batches and before a row names them; one may come more than once. */
  readonly onMedia?: (media: MediaRef[]) => void | Promise<void>;
  /** Abort to stop after the batch in hand; what is there stays and can be resumed. */
  readonly signal?: AbortSignal;
}

const PREVIEW_ROWS = 20;
/** Sniffing and previews read a few rows; what takes longer is a file made to take long. */
const LOOK_LIMIT_MS = 60_000;

/**
 * What lies at a path, from its first rows.
 * @param set which set of a `dataset_info.json`; absent = the first
 * @throws LabError `file/missing`, `file/corrupt`, `dataset/unknown-format`
 */
export async function sniffSource(path: string, set: string | null = null): Promise<SniffResult> {
  const value = await runJob({ kind: 'sniff', path, set }, { limitMs: LOOK_LIMIT_MS });
  // The worker answers a job with the result of its kind.
  return value as SniffResult;
}

/** The first rows of a source as this mapping would import them. Nothing is written but media. */
export async function previewSource(
  path: string,
  mapping: Mapping,
  options: PreviewOptions,
): Promise<PreviewResult> {
  const { workspace, count = PREVIEW_ROWS } = options;
  const job: WorkerJob = { kind: 'preview', request: { path, mapping, workspace, count } };
  // As in sniffSource.
  return (await runJob(job, { limitMs: LOOK_LIMIT_MS })) as PreviewResult;
}

/** Imports a source into a new rows.sqlite. @throws LabError `file/*`, `dataset/*`, `workspace/*` */
export async function startImport(options: ImportOptions): Promise<ImportResult> {
  const { path, mapping } = options;
  return await runImportJob({ ...options, start: { path, mapping } });
}

/**
 * Goes on from the last committed batch; path and mapping are those the import started with.
 * @throws LabError `dataset/source-changed` when the files are no longer the same
 */
export async function resumeImport(
  options: Omit<ImportOptions, 'path' | 'mapping'>,
): Promise<ImportResult> {
  return await runImportJob({ ...options, start: null });
}

async function runImportJob(
  options: Omit<ImportOptions, 'path' | 'mapping'> & Pick<ImportRequest, 'start'>,
): Promise<ImportResult> {
  const { start, folder, workspace, signal } = options;
  const cancelled = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const cancel = (): void => {
    Atomics.store(new Int32Array(cancelled), 0, 1);
  };
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const job: WorkerJob = { kind: 'import', request: { start, folder, workspace }, cancelled };
    // As in sniffSource.
    return (await runJob(job, options)) as ImportResult;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

interface JobHooks extends Pick<ImportOptions, 'onProgress' | 'onMedia'> {
  /** Time after which the worker is ended. */
  readonly limitMs?: number;
}

type JobResult = Extract<WorkerMessage, { kind: 'done' }>['value'];

/** Runs one job in a worker of its own, which ends with it. */
async function runJob(job: WorkerJob, hooks: JobHooks): Promise<JobResult> {
  const worker = new Worker(entryPath('main/datasets/import/import-worker'), { workerData: job });
  const waiting: Promise<void>[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<JobResult>((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'progress') hooks.onProgress?.(message.progress);
        else if (message.kind === 'media')
          waiting.push(Promise.resolve(hooks.onMedia?.(message.media)));
        else if (message.kind === 'done')
          Promise.all(waiting).then(() => resolve(message.value), reject);
        else reject(LabError.fromWire(message.error));
      });
      worker.on('error', (error) => reject(LabError.from(error)));
      worker.on('exit', (code) => {
        if (code !== 0) reject(new LabError('internal', `[import] the worker ended with ${code}`));
      });
      if (hooks.limitMs === undefined) return;
      timer = setTimeout(() => {
        reject(
          new LabError(
            'file/unsafe',
            `[import] looking at the first rows took over ${hooks.limitMs} ms`,
          ),
        );
      }, hooks.limitMs);
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
