/**
 * Imports from start to end. Comes in: a source and a mapping, or a request to the starter world. Goes
 * out: a dataset that fills while the window watches. An import that was cut off by the end of the
 * process is found at the next start and can go on from its last batch.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import {
  type ColumnInfo,
  type DatasetOrigin,
  type DatasetSummary,
  type WorldRequest,
  worldRequest,
} from '../../../shared/model/dataset.ts';
import { type ImportProgress, type ImportResult, mapping } from '../../../shared/model/import.ts';
import { parseOrThrow } from '../../../shared/parse.ts';
import { datasetWorldResult } from '../../../shared/protocol/results.ts';
import { askEngine, type JobRunner } from '../../engine/ask.ts';
import type { Changes } from '../../workspace/changes.ts';
import type { MediaStore } from '../../workspace/media-store.ts';
import type { DatasetBrowser } from '../browse/browser.ts';
import { ANSWER_TYPE } from '../browse/columns-folder.ts';
import { resumeImport, sniffSource, startImport } from '../import/api.ts';
import { openRowsFile, ROWS_FILE, readColumns } from '../rows-file.ts';
import type { DatasetTable } from './dataset-table.ts';

/** What a job is asked for, as it is stored. */
const jobRequest = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('import'), path: z.string(), mapping }),
  z.object({ kind: z.literal('world'), world: worldRequest }),
]);
type JobRequest = z.infer<typeof jobRequest>;

export interface ImportsOptions {
  readonly workspace: string;
  readonly table: DatasetTable;
  readonly browser: DatasetBrowser;
  readonly media: MediaStore;
  readonly changes: Changes;
  readonly engine: JobRunner;
}

interface Running {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
  progress: ImportProgress;
}

/** The window is told of progress at most this often. */
const TELL_EVERY_MS = 250;

export class Imports {
  readonly #options: ImportsOptions;
  readonly #running = new Map<string, Running>();
  #toldAt = 0;

  constructor(options: ImportsOptions) {
    this.#options = options;
  }

  /** Marks imports that no process runs any more; they can be resumed. */
  recover(): void {
    for (const id of this.#options.table.unfinished()) this.#settle(id, { kind: 'cancelled' });
  }

  start(
    request: JobRequest,
    dataset: { readonly name: string; readonly origin: DatasetOrigin; readonly isHeldOut: boolean },
  ): DatasetSummary {
    const summary = this.#options.table.add({ ...dataset, request });
    this.#run(summary.id, request, false);
    return this.withProgress(this.#options.table.get(summary.id));
  }

  /** Samples of the starter world as a new dataset. */
  startWorld(world: WorldRequest, kind: 'world' | 'bundled'): DatasetSummary {
    const request: JobRequest = { kind: 'world', world };
    const origin: DatasetOrigin = { kind, format: 'world', path: null };
    return this.start(request, { name: world.name, origin, isHeldOut: world.split !== 'train' });
  }

  /** @throws LabError `dataset/busy` when it runs already */
  resume(id: string): void {
    const summary = this.#options.table.get(id);
    if (this.#running.has(id)) throw busy(id);
    if (summary.status === 'ready') return;
    const request = parseOrThrow(jobRequest, this.#options.table.request(id), {
      code: 'internal',
      what: `import of ${id}`,
    });
    this.#options.table.reopen(id);
    this.#run(id, request, true);
  }

  /** Stops after the batch in hand; what is there stays. */
  async cancel(id: string): Promise<void> {
    const running = this.#running.get(id);
    running?.abort.abort();
    await running?.ended;
  }

  isRunning(id: string): boolean {
    return this.#running.has(id);
  }

  /** Waits for the end of an import; at once when there is none. */
  async ended(id: string): Promise<void> {
    await this.#running.get(id)?.ended;
  }

  withProgress(summary: DatasetSummary): DatasetSummary {
    const running = this.#running.get(summary.id);
    if (running === undefined) return summary;
    const { done, total, rows, badRows } = running.progress;
    return { ...summary, rows, badRows, progress: { done, total } };
  }

  async dispose(): Promise<void> {
    const all = [...this.#running.values()];
    for (const { abort } of all) abort.abort();
    await Promise.all(all.map(({ ended }) => ended));
  }

  #run(id: string, request: JobRequest, isResumed: boolean): void {
    const abort = new AbortController();
    const running: Running = {
      abort,
      progress: { done: 0, total: 0, rows: 0, badRows: 0, stage: 'reading' },
      ended: this.#work(id, request, isResumed, abort.signal)
        .then(
          (result) => this.#settle(id, { kind: result.kind }),
          (thrown) => {
            const error = LabError.from(thrown);
            const isCancelled = error.code === 'engine/cancelled' || abort.signal.aborted;
            this.#settle(id, isCancelled ? { kind: 'cancelled' } : { kind: 'failed', error });
          },
        )
        .finally(() => {
          this.#running.delete(id);
          this.#options.changes.touch('datasets');
        }),
    };
    this.#running.set(id, running);
    this.#options.changes.touch('datasets');
  }

  async #work(
    id: string,
    request: JobRequest,
    isResumed: boolean,
    signal: AbortSignal,
  ): Promise<ImportResult> {
    const { workspace, media, browser } = this.#options;
    const folder = join(workspace, 'datasets', id);
    const common = {
      folder,
      workspace,
      signal,
      onProgress: (progress: ImportProgress) => this.#tell(id, progress),
      onMedia: (refs: Parameters<MediaStore['register']>[0]) => media.register(refs),
    };
    const canResume = isResumed && existsSync(join(folder, ROWS_FILE));
    const source =
      request.kind === 'import' ? request : await this.#makeWorld(id, request, canResume, signal);
    const result = canResume
      ? await resumeImport(common)
      : await startImport({ ...common, path: source.path, mapping: source.mapping });
    if (result.kind === 'finished') {
      if (request.kind === 'world')
        await rm(join(folder, 'world'), { recursive: true, force: true });
      // All rows are there by now: columns that are cut off are made at the next start.
      await browser.prepare(id, signal);
    }
    return result;
  }

  /** Lets the engine draw the samples into a folder of the dataset, then reads them like any other. */
  async #makeWorld(
    id: string,
    { world }: Extract<JobRequest, { kind: 'world' }>,
    isThere: boolean,
    signal: AbortSignal,
  ): Promise<Pick<Extract<JobRequest, { kind: 'import' }>, 'path' | 'mapping'>> {
    const out = join(this.#options.workspace, 'datasets', id, 'world');
    const path = join(out, 'rows.jsonl');
    const { name: _, ...parameters } = world;
    if (!isThere) {
      await rm(out, { recursive: true, force: true });
      await askEngine(
        this.#options.engine,
        'dataset-world',
        { ...parameters, out },
        {
          row: datasetWorldResult,
          signal,
          onEvent: (event) => {
            if (event.type !== 'progress') return;
            const { done, total } = event;
            this.#tell(id, { done, total, rows: 0, badRows: 0, stage: 'reading' });
          },
        },
      );
    }
    const found = await sniffSource(path);
    return { path, mapping: found.mapping };
  }

  #tell(id: string, progress: ImportProgress): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    running.progress = progress;
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.#options.changes.touch('datasets');
  }

  #settle(
    id: string,
    end: { kind: 'finished' | 'cancelled' } | { kind: 'failed'; error: LabError },
  ): void {
    const found = readFolder(join(this.#options.workspace, 'datasets', id));
    const { stack: _, ...error } =
      end.kind === 'failed' ? end.error.toWire() : { code: 'internal' as const, message: '' };
    this.#options.table.fill(id, {
      status: end.kind === 'finished' ? 'ready' : end.kind,
      ...found,
      error: end.kind === 'failed' ? error : null,
    });
  }
}

/** What a dataset folder holds, finished or not. */
function readFolder(folder: string): {
  rows: number;
  badRows: number;
  bytes: number;
  columns: ColumnInfo[];
} {
  try {
    const db = openRowsFile(folder);
    try {
      const count = (table: string) =>
        Number(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
      const pages = Number(db.pragma('page_count', { simple: true }));
      const media = Number(db.prepare('SELECT coalesce(sum(bytes), 0) FROM media').pluck().get());
      return {
        rows: count('rows'),
        badRows: count('bad_rows'),
        bytes: pages * Number(db.pragma('page_size', { simple: true })) + media,
        columns: [...readColumns(db), ANSWER_TYPE],
      };
    } finally {
      db.close();
    }
  } catch {
    // An import that failed before its first row has no file yet.
    return { rows: 0, badRows: 0, bytes: 0, columns: [] };
  }
}

function busy(id: string): LabError {
  return new LabError('dataset/busy', `[datasets] ${id} is being imported`);
}
