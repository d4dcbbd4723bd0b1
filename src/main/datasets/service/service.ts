/**
 * The datasets of one workspace. Comes in: its database, folder and engine. Goes out: the parts of the
 * room, one object per subject, and what concerns a dataset as a whole: names, marks, the trash.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import type { JsonObject } from '../../../shared/json.ts';
import type {
  BadRow,
  ColumnInfo,
  DataRef,
  DatasetSummary,
  SqlTable,
  TrainingFile,
  WorldRequest,
} from '../../../shared/model/dataset.ts';
import type { ModelView } from '../../../shared/model/dataset-reports.ts';
import type { Mapping, PreviewResult, SniffResult } from '../../../shared/model/import.ts';
import type { JobRunner } from '../../engine/ask.ts';
import type { Database } from '../../storage/database.ts';
import type { Changes } from '../../workspace/changes.ts';
import type { History } from '../../workspace/history.ts';
import type { MediaStore } from '../../workspace/media-store.ts';
import type { Trash } from '../../workspace/trash.ts';
import { DatasetBrowser } from '../browse/browser.ts';
import { ColumnsFolder, removeComputed } from '../browse/columns-folder.ts';
import { Exports } from '../export/exports.ts';
import { previewSource, sniffSource } from '../import/api.ts';
import { Preflight } from '../preflight/preflight.ts';
import { SqlConsole } from '../sql/sql-console.ts';
import { Tags } from '../tags/tags.ts';
import { writeTrainingFile } from '../views/training-file.ts';
import { Views } from '../views/views.ts';
import { readBadRows } from './bad-rows.ts';
import { DatasetTable } from './dataset-table.ts';
import { Imports } from './imports.ts';
import { seeAsModel } from './model-sees.ts';

export interface DatasetsOptions {
  /** Folder of the workspace. */
  readonly workspace: string;
  readonly db: Database;
  readonly changes: Changes;
  readonly history: History;
  readonly trash: Trash;
  readonly media: MediaStore;
  /** Runs short jobs: the starter world, what a model sees. */
  readonly engine: JobRunner;
}

/** What undo and redo of a name or a mark set. */
const markState = z.object({ id: z.string(), name: z.string(), isHeldOut: z.boolean() });

const MARK = 'datasets/mark';
const TRASH = 'dataset';
const BUNDLED = { name: 'starter-walks', rows: 600, seed: 7 };

export class DatasetsService {
  readonly browser: DatasetBrowser;
  readonly imports: Imports;
  readonly tags: Tags;
  readonly views: Views;
  readonly preflight: Preflight;
  readonly exports: Exports;
  readonly table: DatasetTable;
  readonly #options: DatasetsOptions;
  readonly #sql = new SqlConsole();
  readonly #prepared: Promise<void>;
  #isDisposed = false;

  constructor(options: DatasetsOptions) {
    const { db, history, changes, workspace } = options;
    this.#options = options;
    this.table = new DatasetTable(db);
    this.browser = new DatasetBrowser({ workspace });
    this.imports = new Imports({ ...options, table: this.table, browser: this.browser });
    this.tags = new Tags({ db, history, changes, browser: this.browser });
    this.views = new Views({ db, history, changes, browser: this.browser });
    const { table, browser, views } = this;
    this.preflight = new Preflight({ workspace, db, changes, table, browser, views });
    this.exports = new Exports({ workspace, db, changes, table, browser, views });
    history.define(MARK, (data) => this.#setMark(markState.parse(data)));
    options.trash.define(TRASH, {
      restore: (data) => this.#restore(data),
      remove: (data) => this.#toTrash(String(data['id'])),
    });
    this.imports.recover();
    this.#forgetEmptied();
    // A dataset that cannot be read says so when it is opened.
    this.#prepared = this.#prepareMissing().catch(() => undefined);
  }

  list(): DatasetSummary[] {
    return this.table.list().map((summary) => this.imports.withProgress(summary));
  }

  /** @throws LabError `dataset/missing` */
  get(id: string): DatasetSummary {
    return this.imports.withProgress(this.table.get(id));
  }

  /** @param set which set of a `dataset_info.json`; absent = the first */
  sniff(path: string, set?: string): Promise<SniffResult> {
    return sniffSource(path, set);
  }

  preview(request: {
    readonly path: string;
    readonly mapping: Mapping;
    readonly count: number;
  }): Promise<PreviewResult> {
    const { path, mapping, count } = request;
    return previewSource(path, mapping, { count, workspace: this.#options.workspace });
  }

  import(request: {
    readonly path: string;
    readonly mapping: Mapping;
    readonly name: string;
    readonly isHeldOut: boolean;
  }): DatasetSummary {
    const { path, mapping, name, isHeldOut } = request;
    if (!existsSync(path)) throw new LabError('file/missing', `[import] nothing at ${path}`);
    return this.imports.start(
      { kind: 'import', path, mapping },
      { name, isHeldOut, origin: { kind: 'import', format: mapping.shape, path } },
    );
  }

  importWorld(request: WorldRequest): DatasetSummary {
    return this.imports.startWorld(request, 'world');
  }

  /** Makes the dataset that a new workspace comes with, once, in the background. */
  ensureBundled(): void {
    const made = this.#options.db.prepare("SELECT 1 FROM meta WHERE key = 'bundledDataset'");
    if (made.get() !== undefined || this.table.list().length > 0) return;
    const summary = this.imports.startWorld(
      {
        name: BUNDLED.name,
        tasks: ['follow', 'step', 'clock', 'bar', 'line', 'route'],
        split: 'train',
        difficulty: null,
        n: BUNDLED.rows,
        seed: BUNDLED.seed,
        think: true,
      },
      'bundled',
    );
    this.#options.db
      .prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('bundledDataset', ?)")
      .run(summary.id);
  }

  /**
   * Makes the pass rates of a run a column that can be filtered by, so that a curriculum is a view.
   * @throws LabError `rpc/invalid-input` when the run judged no row of the dataset
   */
  async addPassRates(id: string, run: string, runName = run): Promise<DatasetSummary> {
    const { columns, name: datasetName } = this.table.get(id);
    const name = `pass_${run.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`;
    const title = `Pass rate, ${runName}`;
    const rows = await this.browser.addPassRates(id, { run, name, title });
    if (rows === 0) {
      throw new LabError(
        'rpc/invalid-input',
        `[datasets] the run ${runName} has no judged completion for a row of ${datasetName}`,
        { hint: 'Choose a run that was trained or evaluated on this dataset.' },
      );
    }
    const column: ColumnInfo = { name, title, kind: 'number', role: null, isDerived: true };
    this.table.setColumns(id, [column, ...columns.filter((known) => known.name !== name)]);
    this.#options.changes.touch('datasets');
    return this.get(id);
  }

  /** Takes a column of pass rates away. */
  async removeColumn(id: string, name: string): Promise<DatasetSummary> {
    const { columns } = this.table.get(id);
    if (!name.startsWith('pass_')) {
      throw new LabError('rpc/invalid-input', `[datasets] ${name} came with the rows and stays`);
    }
    await this.browser.close(id);
    removeComputed(this.folder(id), name);
    this.table.setColumns(
      id,
      columns.filter((known) => known.name !== name),
    );
    this.#options.changes.touch('datasets');
    return this.get(id);
  }

  badRows(
    id: string,
    page: { readonly offset: number; readonly limit: number },
  ): { rows: BadRow[]; total: number } {
    this.table.get(id);
    return readBadRows(this.folder(id), page);
  }

  rename(id: string, name: string): DatasetSummary {
    return this.#mark(id, { name }, `rename the dataset to ${name}`);
  }

  setHeldOut(id: string, isHeldOut: boolean): DatasetSummary {
    const { name } = this.table.get(id);
    return this.#mark(
      id,
      { isHeldOut },
      isHeldOut ? `hold ${name} out` : `let ${name} be trained on`,
    );
  }

  /** Moves a dataset to the trash; an import that runs is stopped first. */
  async remove(id: string): Promise<void> {
    this.table.get(id);
    await this.imports.cancel(id);
    await this.#toTrash(id);
  }

  /** @throws LabError `dataset/sql`, `dataset/sql-timeout` */
  async sql(request: {
    readonly dataset: string;
    readonly sql: string;
    readonly limit: number;
  }): Promise<SqlTable> {
    this.table.get(request.dataset);
    return await this.#sql.run(this.folder(request.dataset), request);
  }

  /** The file a run is trained on. */
  materialise(ref: DataRef): Promise<TrainingFile> {
    const { workspace } = this.#options;
    return writeTrainingFile({ workspace, table: this.table, views: this.views }, ref);
  }

  async modelSees(request: {
    readonly dataset: string;
    readonly row: number;
    readonly model?: string | undefined;
  }): Promise<ModelView> {
    const sample = await this.browser.sample(request.dataset, request.row);
    const { workspace, engine } = this.#options;
    return await seeAsModel({ workspace, engine, model: request.model }, sample);
  }

  folder(id: string): string {
    return join(this.#options.workspace, 'datasets', id);
  }

  /** Resolves when what is made in the background at the start is made. */
  async settled(): Promise<void> {
    await this.#prepared;
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#sql.dispose();
    await this.preflight.dispose();
    await this.exports.dispose();
    await this.imports.dispose();
    await this.browser.dispose();
    await this.#prepared;
  }

  /** Columns of an older version, or deleted ones, are made again while nobody waits. */
  async #prepareMissing(): Promise<void> {
    for (const { id, status, rows } of this.table.list()) {
      if (status !== 'ready' || ColumnsFolder.open(this.folder(id), rows) !== undefined) continue;
      if (this.#isDisposed) return;
      await this.browser.prepare(id);
      this.#options.changes.touch('datasets');
    }
  }

  #mark(
    id: string,
    change: { readonly name?: string; readonly isHeldOut?: boolean },
    label: string,
  ): DatasetSummary {
    const { name, isHeldOut } = this.table.get(id);
    const before = { id, name, isHeldOut };
    const after = { ...before, ...change };
    this.#options.db.transaction(() => {
      this.#setMark(after);
      this.#options.history.record({
        label,
        undo: { kind: MARK, data: before },
        redo: { kind: MARK, data: after },
      });
    })();
    return this.get(id);
  }

  #setMark({ id, name, isHeldOut }: z.infer<typeof markState>): void {
    this.table.rename(id, name);
    this.table.setHeldOut(id, isHeldOut);
    this.#options.changes.touch('datasets');
  }

  async #toTrash(id: string): Promise<void> {
    const { name, bytes } = this.table.get(id);
    await this.browser.close(id);
    await this.#options.trash.add({
      kind: TRASH,
      title: name,
      from: join('datasets', id),
      bytes,
      restore: { id },
      commit: () => this.table.setRemoved(id, true),
    });
    this.#options.changes.touch('datasets');
  }

  #restore(data: JsonObject): void {
    this.table.setRemoved(String(data['id']), false);
    this.browser.invalidate();
    this.#options.changes.touch('datasets');
  }

  /** Datasets whose folder left the trash for good take their tags and views with them. */
  #forgetEmptied(): void {
    const removed = this.table.removed();
    if (removed.length === 0) return;
    const trash = join(this.#options.workspace, 'trash');
    const kept = new Set(
      existsSync(trash)
        ? readdirSync(trash, { recursive: false }).flatMap((item) =>
            listed(join(trash, String(item))),
          )
        : [],
    );
    for (const id of removed) if (!kept.has(id)) this.table.forget(id);
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
