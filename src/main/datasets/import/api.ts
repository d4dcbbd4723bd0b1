/**
 * The import room from outside. Comes in: a path and a mapping. Goes out: what is there, how its rows
 * would look, and a filled rows.sqlite. Foreign files are read in worker threads: an
 * import has one of its own, sniffing and previews share one that stays for a while.
 */
import type {
  ImportProgress,
  ImportResult,
  Mapping,
  PreviewResult,
  SniffResult,
} from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import { ImportThread, lookThread, STALL_MS } from './import-thread.ts';
import type { ImportRequest } from './run-import.ts';
import { CANCEL, type WorkerJob } from './worker-messages.ts';

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

/**
 * What lies at a path, from its first rows.
 * @param set which set of a `dataset_info.json`; absent = the first
 * @throws LabError `file/missing`, `file/corrupt`, `dataset/unknown-format`
 */
export async function sniffSource(path: string, set: string | null = null): Promise<SniffResult> {
  const value = await lookThread.run({ kind: 'sniff', path, set });
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
  return (await lookThread.run(job)) as PreviewResult;
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
  const state = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  const cancel = (): void => {
    Atomics.store(new Int32Array(state), CANCEL, 1);
  };
  if (signal?.aborted === true) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const thread = new ImportThread({ stallMs: STALL_MS });
  try {
    const job: WorkerJob = { kind: 'import', request: { start, folder, workspace }, state };
    // As in sniffSource.
    return (await thread.run(job, options)) as ImportResult;
  } finally {
    signal?.removeEventListener('abort', cancel);
    await thread.dispose();
  }
}
