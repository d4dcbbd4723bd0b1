/**
 * Exports of datasets and views. Comes in: what to write and where. Goes out: records that tell how far
 * an export is, what it skipped and what a reader would lose. A folder with content is never written to.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LabError } from '../../../shared/errors.ts';
import type { DatasetSummary } from '../../../shared/model/dataset.ts';
import {
  type ExportFormat,
  type ExportRecord,
  type ExportRequest,
  exportRecord,
} from '../../../shared/model/dataset-reports.ts';
import { entryPath } from '../../entries.ts';
import type { Database } from '../../storage/database.ts';
import type { Changes } from '../../workspace/changes.ts';
import type { DatasetBrowser } from '../browse/browser.ts';
import type { DatasetTable } from '../service/dataset-table.ts';
import type { Views } from '../views/views.ts';
import type { ExportMessage } from './export-worker.ts';
import { exportFormats, formOf } from './forms.ts';
import type { ExportJob } from './run-export.ts';

export interface ExportsOptions {
  readonly workspace: string;
  readonly db: Database;
  readonly table: DatasetTable;
  readonly views: Views;
  readonly browser: DatasetBrowser;
  readonly changes: Changes;
}

interface Running {
  record: ExportRecord;
  readonly worker: Worker | undefined;
  readonly ended: Promise<void>;
}

type Ending = Exclude<ExportMessage, { kind: 'progress' }> | { readonly kind: 'cancelled' };

export class Exports {
  readonly #options: ExportsOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: ExportsOptions) {
    this.#options = options;
    // What a process that is gone was writing will not be finished.
    for (const record of this.list(undefined)) {
      if (record.status === 'running')
        this.#save({ ...record, status: 'cancelled', progress: null });
    }
  }

  formats(): ExportFormat[] {
    return exportFormats();
  }

  /** Newest first. */
  list(dataset: string | undefined): ExportRecord[] {
    const rows = this.#options.db
      .prepare(
        'SELECT record FROM export_record WHERE ? IS NULL OR dataset = ? ORDER BY created_at DESC, id LIMIT 200',
      )
      .pluck()
      .all(dataset ?? null, dataset ?? null);
    return rows.map((text) => {
      const record = exportRecord.parse(JSON.parse(String(text)));
      return this.#running.get(record.id)?.record ?? record;
    });
  }

  /** @throws LabError `dataset/missing`, `dataset/busy`, `dataset/missing-view`, `file/write-failed`, `file/unsafe` */
  async start(request: ExportRequest): Promise<ExportRecord> {
    const { table, workspace } = this.#options;
    const dataset = table.get(request.dataset);
    if (dataset.status === 'importing') {
      throw new LabError('dataset/busy', `[export] ${dataset.name} is still being imported`);
    }
    const form = formOf(request.format);
    const file = request.file ?? form.files[0] ?? 'jsonl';
    if (!form.files.includes(file)) {
      throw new LabError(
        'rpc/invalid-input',
        `[export] ${form.title} is written as ${form.files.join(' or ')}, not as ${file}`,
      );
    }
    const path = this.#freePath(request.path, dataset, form.id);
    const { rows, about } = await this.#rowsOf(request, dataset);
    const job: ExportJob = {
      ...{ workspace, form: form.id, file, rows, path, about },
      dataset: { id: dataset.id, name: dataset.name },
      isChecked: request.isChecked,
    };
    const record: ExportRecord = {
      id: randomUUID(),
      ...{ dataset: dataset.id, format: form.id, path, status: 'running' },
      progress: { stage: 'rows', done: 0, total: rows?.length ?? dataset.rows },
      ...{ rows: 0, skipped: [], roundTrip: null, error: null },
      createdAt: new Date().toISOString(),
    };
    this.#save(record);
    const worker = new Worker(entryPath('main/datasets/export/export-worker'), { workerData: job });
    const ended = this.#follow(record.id, worker);
    this.#running.set(record.id, { record, worker, ended });
    return record;
  }

  /** Waits for the end of an export; for tests and the command line. */
  async ended(id: string): Promise<ExportRecord | undefined> {
    await this.#running.get(id)?.ended;
    return this.list(undefined).find((record) => record.id === id);
  }

  async cancel(id: string): Promise<void> {
    const running = this.#running.get(id);
    await running?.worker?.terminate();
    await running?.ended;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.cancel(id)));
  }

  async #follow(id: string, worker: Worker): Promise<void> {
    const ending = await new Promise<Ending>((settle) => {
      worker.on('message', (message: ExportMessage) => {
        if (message.kind !== 'progress') {
          settle(message);
          return;
        }
        const running = this.#running.get(id);
        if (running === undefined) return;
        running.record = { ...running.record, progress: message.progress };
        this.#options.changes.touch('datasets');
      });
      worker.on('error', (thrown) => {
        settle({ kind: 'failed', error: LabError.from(thrown).toWire() });
      });
      worker.on('exit', () => settle({ kind: 'cancelled' }));
    });
    const record = this.#running.get(id)?.record;
    this.#running.delete(id);
    if (record === undefined) return;
    const end = { ...record, progress: null };
    if (ending.kind === 'done') this.#save({ ...end, ...ending.outcome, status: 'done' });
    else if (ending.kind === 'failed')
      this.#save({ ...end, status: 'failed', error: ending.error });
    else {
      await removePartial(record.path);
      this.#save({ ...end, status: 'cancelled' });
    }
  }

  async #rowsOf(
    request: ExportRequest,
    dataset: DatasetSummary,
  ): Promise<Pick<ExportJob, 'rows' | 'about'>> {
    const { views, browser } = this.#options;
    const { id, name, origin } = dataset;
    const from = { dataset: { id, name, origin, rows: dataset.rows } };
    if (request.query !== undefined) {
      const query = { ...request.query, dataset: id };
      return { rows: await browser.resolve(query), about: { ...from, query } };
    }
    if (request.view === undefined) return { rows: null, about: from };
    const view = views.get(request.view);
    if (view.dataset !== id) {
      throw new LabError('dataset/missing-view', `[export] ${view.name} is no view of ${name}`);
    }
    const { version, hash, query } = view;
    const about = { ...from, view: { id: view.id, name: view.name, version, hash }, query };
    return { rows: views.rows(request.view), about };
  }

  /** A folder that is not there or empty, outside of what the workspace keeps for itself. */
  #freePath(asked: string | undefined, dataset: DatasetSummary, form: string): string {
    const { workspace } = this.#options;
    const exports = join(workspace, 'exports');
    if (asked === undefined) {
      const base = join(exports, `${dataset.id}-${form}`);
      let path = base;
      for (let number = 2; existsSync(path); number++) path = `${base}-${number}`;
      return path;
    }
    if (!isAbsolute(asked)) {
      throw new LabError('file/unsafe', `[export] expected a whole path, got ${asked}`, {
        hint: 'Name the folder from the root, such as /home/me/export.',
      });
    }
    const path = resolve(asked);
    const isOwn = path === workspace || path.startsWith(workspace + sep);
    if (isOwn && !path.startsWith(exports + sep)) {
      throw new LabError('file/unsafe', `[export] ${path} belongs to the workspace`, {
        hint: 'Choose a folder outside of it, or one below its exports/.',
      });
    }
    const info = statSync(path, { throwIfNoEntry: false });
    if (info?.isDirectory() === false || (info !== undefined && readdirSync(path).length > 0)) {
      throw new LabError('file/write-failed', `[export] ${path} is not empty`, {
        hint: 'Choose a new or an empty folder; nothing was written.',
      });
    }
    return path;
  }

  #save(record: ExportRecord): void {
    this.#options.db
      .prepare(
        'INSERT INTO export_record VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record',
      )
      .run(record.id, record.dataset, JSON.stringify(record), record.createdAt);
    this.#options.changes.touch('datasets');
  }
}

/** The unfinished folder of an export that was stopped. */
async function removePartial(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith('.partial')) continue;
    await rm(join(dirname(path), name), { recursive: true, force: true });
  }
}
