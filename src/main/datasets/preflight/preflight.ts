/**
 * Preflight reports. Comes in: a dataset. Goes out: the stored report, progress while one is made, and
 * views without the rows of a problem. A fix never edits the dataset: it makes a view, or the next
 * version of one, and can be undone.
 */
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import type { RowQuery, View } from '../../../shared/model/dataset.ts';
import {
  type PreflightFix,
  type PreflightProblem,
  type PreflightState,
  type Progress,
  preflightReport,
} from '../../../shared/model/dataset-reports.ts';
import { entryPath } from '../../entries.ts';
import type { Database } from '../../storage/database.ts';
import type { Changes } from '../../workspace/changes.ts';
import type { DatasetBrowser } from '../browse/browser.ts';
import type { DatasetTable } from '../service/dataset-table.ts';
import { packRows, unpackRows } from '../views/row-list.ts';
import type { Views } from '../views/views.ts';
import type { PreflightMessage, PreflightWork, ProblemRows } from './preflight-worker.ts';

export interface PreflightOptions {
  readonly workspace: string;
  readonly db: Database;
  readonly table: DatasetTable;
  readonly views: Views;
  readonly browser: DatasetBrowser;
  readonly changes: Changes;
}

export interface FixRequest {
  readonly dataset: string;
  readonly problem: PreflightProblem['id'];
  readonly fix: PreflightFix['id'];
  /** A view to narrow further; absent = the whole dataset. */
  readonly view?: string | undefined;
}

interface Running {
  readonly worker: Worker;
  progress: Progress;
}

type Ending = Exclude<PreflightMessage, { kind: 'progress' }> | { readonly kind: 'cancelled' };

const listRow = z.object({
  row_list: z.instanceof(Uint8Array),
  extra_rows: z.instanceof(Uint8Array).nullable(),
});

export class Preflight {
  readonly #options: PreflightOptions;
  readonly #running = new Map<string, Running>();
  readonly #errors = new Map<string, LabError>();

  constructor(options: PreflightOptions) {
    this.#options = options;
  }

  state(dataset: string): PreflightState {
    const text: unknown = this.#options.db
      .prepare('SELECT report FROM preflight_report WHERE dataset = ?')
      .pluck()
      .get(dataset);
    const error = this.#errors.get(dataset)?.toWire();
    return {
      report: typeof text === 'string' ? preflightReport.parse(JSON.parse(text)) : null,
      running: this.#running.get(dataset)?.progress ?? null,
      error: error ?? null,
    };
  }

  /** Starts a report; the promise of its end is for tests. @throws LabError `dataset/busy` */
  start(dataset: string): { readonly ended: Promise<void> } {
    const { id, status, isHeldOut } = this.#options.table.get(dataset);
    if (status === 'importing' || this.#running.has(id)) {
      throw new LabError('dataset/busy', `[preflight] ${dataset} is being imported or checked`);
    }
    const others = this.#options.table
      .list()
      .filter(
        (other) => other.id !== id && other.isHeldOut !== isHeldOut && other.status === 'ready',
      )
      .map((other) => ({ id: other.id, name: other.name }));
    this.#errors.delete(id);
    const workerData: PreflightWork = { workspace: this.#options.workspace, dataset: id, others };
    const worker = new Worker(entryPath('main/datasets/preflight/preflight-worker'), {
      workerData,
    });
    this.#running.set(id, { worker, progress: { stage: 'rows', done: 0, total: 0 } });
    this.#options.changes.touch('datasets');
    return { ended: this.#follow(id, worker) };
  }

  async cancel(dataset: string): Promise<void> {
    await this.#running.get(dataset)?.worker.terminate();
  }

  /** @returns the view that was made; null for a fix that is only a note */
  async fix({ dataset, problem, fix, view }: FixRequest): Promise<View | null> {
    if (fix === 'note') return null;
    const list = this.#rowsOf(dataset, problem);
    const packed = fix === 'keep-first' ? list?.extra_rows : list?.row_list;
    if (packed === undefined || packed === null) {
      throw new LabError(
        'rpc/invalid-input',
        `[preflight] the report of ${dataset} has no rows for ${problem}`,
        { hint: 'Run preflight again.' },
      );
    }
    const gone = new Set(unpackRows(packed));
    const { views, browser, table } = this.#options;
    const base = view === undefined ? undefined : views.newest(view);
    const query: RowQuery = base?.query ?? { dataset, filters: [], search: '', sort: null };
    const before = base === undefined ? await browser.resolve(query) : views.rows(base);
    const rows = Array.from(before.filter((row) => !gone.has(row)));
    if (base !== undefined) return await views.update({ id: base.id, rows });
    const { name } = table.get(dataset);
    return await views.create({ name: `${name}, ${problem} left out`, query, rows });
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ worker }) => worker.terminate()));
  }

  async #follow(id: string, worker: Worker): Promise<void> {
    const ending = await new Promise<Ending>((resolve) => {
      worker.on('message', (message: PreflightMessage) => {
        if (message.kind !== 'progress') {
          resolve(message);
          return;
        }
        const running = this.#running.get(id);
        if (running !== undefined) running.progress = message.progress;
        this.#options.changes.touch('datasets');
      });
      worker.on('error', (thrown) => {
        resolve({ kind: 'failed', error: LabError.from(thrown).toWire() });
      });
      worker.on('exit', () => resolve({ kind: 'cancelled' }));
    });
    this.#running.delete(id);
    if (ending.kind === 'failed') this.#errors.set(id, LabError.fromWire(ending.error));
    if (ending.kind === 'done') this.#store(id, ending);
    this.#options.browser.invalidate();
    this.#options.changes.touch('datasets');
  }

  #store(id: string, { report, lists }: Extract<Ending, { kind: 'done' }>): void {
    const { db } = this.#options;
    const insert = db.prepare('INSERT INTO preflight_rows VALUES (?, ?, ?, ?)');
    db.transaction(() => {
      db.prepare('DELETE FROM preflight_report WHERE dataset = ?').run(id);
      db.prepare('INSERT INTO preflight_report VALUES (?, ?, ?)').run(
        ...[id, JSON.stringify(report), report.checkedAt],
      );
      for (const { problem, rows, extra } of lists) {
        insert.run(id, problem, packRows(rows), extra === null ? null : packRows(extra));
      }
    })();
  }

  #rowsOf(dataset: string, problem: ProblemRows['problem']): z.infer<typeof listRow> | undefined {
    const row: unknown = this.#options.db
      .prepare('SELECT row_list, extra_rows FROM preflight_rows WHERE dataset = ? AND problem = ?')
      .get(dataset, problem);
    return row === undefined ? undefined : listRow.parse(row);
  }
}
