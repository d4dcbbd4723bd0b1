/** A workspace with datasets in it, on a real disk. Comes in: samples. Goes out: the open service. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetsService } from '../../src/main/datasets/service/service.ts';
import type { JobRunner } from '../../src/main/engine/ask.ts';
import { Changes } from '../../src/main/workspace/changes.ts';
import { History } from '../../src/main/workspace/history.ts';
import { MediaStore } from '../../src/main/workspace/media-store.ts';
import { Trash } from '../../src/main/workspace/trash.ts';
import { Workspace } from '../../src/main/workspace/workspace.ts';
import type { RowQuery } from '../../src/shared/model/dataset.ts';
import { makeSample, type Sample } from '../../src/shared/model/sample.ts';
import { type FillColumn, fillRows } from './fill-rows.ts';

export interface DatasetLab {
  readonly folder: string;
  readonly workspace: Workspace;
  readonly history: History;
  readonly trash: Trash;
  readonly media: MediaStore;
  readonly changes: Changes;
  readonly datasets: DatasetsService;
  /** Adds a dataset that is ready to be read. @returns its id */
  add(name: string, samples: readonly Sample[], columns?: readonly FillColumn[]): Promise<string>;
  close(): Promise<void>;
}

export function openDatasetLab(
  engine: JobRunner,
  folder = mkdtempSync(join(tmpdir(), 'rationale-datasets-')),
): DatasetLab {
  const workspace = Workspace.open({ path: folder });
  const { db } = workspace;
  const changes = new Changes();
  const history = new History({ db, changes });
  const trash = new Trash({ db, workspace: workspace.path, history, changes });
  const media = new MediaStore({ db, workspace: workspace.path });
  const options = { workspace: workspace.path, db, changes, history, trash, media, engine };
  const datasets = new DatasetsService(options);
  const isOwn = folder.startsWith(tmpdir());
  return {
    ...{ folder: workspace.path, workspace, history, trash, media, changes, datasets },
    async add(name, samples, columns = []) {
      const origin = { kind: 'import', format: 'plain', path: null } as const;
      const { id } = datasets.table.add({ name, origin, isHeldOut: false, request: null });
      const rows = fillRows(datasets.folder(id), samples, columns);
      datasets.imports.recover();
      workspace.db.prepare("UPDATE dataset SET status = 'ready' WHERE id = ?").run(id);
      await datasets.browser.prepare(id);
      if (datasets.get(id).rows !== rows) throw new Error(`expected ${rows} rows`);
      return id;
    },
    async close() {
      await datasets.dispose();
      workspace.dispose();
      if (isOwn) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An engine that nobody asks. */
export const noEngine: JobRunner = {
  run() {
    throw new Error('this test asks no engine');
  },
};

export function queryOf(dataset: string, rest: Partial<RowQuery> = {}): RowQuery {
  return { dataset, filters: [], search: '', sort: null, ...rest };
}

/** A sample that asks `question`. */
export function ask(key: string, question: string, rest: Partial<Sample> = {}): Sample {
  const content = [{ type: 'text' as const, text: question }];
  return makeSample({ key, messages: [{ role: 'user', content }], ...rest });
}
