/**
 * The import room from outside. Comes in: a path and a mapping. Goes out: what is there, how its rows
 * would look, and a filled rows.sqlite. Imports run in a worker thread: this file starts it and passes
 * its messages on.
 */
import type {
  ImportProgress,
  ImportResult,
  Mapping,
  PreviewResult,
  SniffResult,
} from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import type { Sample } from '../../../shared/model/sample.ts';

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
  /** Media that were stored, in batches, each one once per import; register them before they are shown. */
  readonly onMedia?: (media: MediaRef[]) => void | Promise<void>;
  /** Abort to stop after the batch in hand; what is there stays and can be resumed. */
  readonly signal?: AbortSignal;
}

/** @throws LabError `file/missing`, `dataset/unknown-format` */
export async function sniffSource(_path: string): Promise<SniffResult> {
  throw new Error('not yet');
}

/** The first rows of a source as this mapping would import them. Nothing is written but media. */
export async function previewSource(
  _path: string,
  _mapping: Mapping,
  _options: PreviewOptions,
): Promise<PreviewResult> {
  throw new Error('not yet');
}

/** Imports a source into a new rows.sqlite. @throws LabError `file/*`, `dataset/*`, `workspace/*` */
export async function startImport(_options: ImportOptions): Promise<ImportResult> {
  throw new Error('not yet');
}

/** Goes on from the last committed batch; path and mapping are those the import started with. */
export async function resumeImport(
  _options: Omit<ImportOptions, 'path' | 'mapping'>,
): Promise<ImportResult> {
  throw new Error('not yet');
}

/**
 * Writes generated samples (starter world, rollouts) into a new rows.sqlite, in the calling thread
 * with a pause after each batch. Their media are in the store and registered already.
 */
export async function writeRows(
  _folder: string,
  _samples: AsyncIterable<Sample> | Iterable<Sample>,
  _options?: Pick<ImportOptions, 'onProgress' | 'signal'> & { readonly total?: number },
): Promise<ImportResult> {
  throw new Error('not yet');
}
