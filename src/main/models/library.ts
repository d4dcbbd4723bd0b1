/**
 * Folders that a person imports. A path comes in; it is checked by the engine, then remembered by
 * reference or copied into the workspace. Removing forgets what is not ours and moves what is to trash.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { ModelCheck } from '../../shared/model/model.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { Changes } from '../workspace/changes.ts';
import type { History } from '../workspace/history.ts';
import { absolutePath } from '../workspace/places.ts';
import type { Trash } from '../workspace/trash.ts';
import { type ModelRecords, type ModelRow, modelRow } from './records.ts';
import { bytesIn } from './run-checkpoints.ts';
import { modelFolder, summarizeWeights } from './weight-files.ts';

export interface ImportRequest {
  readonly path: string;
  readonly name?: string | undefined;
  readonly isCopied: boolean;
}

export interface LibraryOptions {
  readonly workspace: string;
  readonly records: ModelRecords;
  readonly trash: Trash;
  readonly history: History;
  readonly changes: Changes;
  readonly check: (path: string) => Promise<ModelCheck>;
  /** The node at a path, for the base of an adapter. */
  readonly idAt: (path: string) => string | undefined;
}

export class ModelLibrary {
  readonly #options: LibraryOptions;

  constructor(options: LibraryOptions) {
    this.#options = options;
    const { history, trash, records, changes } = options;
    history.define('models/put', (data) => {
      records.put(modelRow.parse(data));
      changes.touch('models');
    });
    history.define('models/forget', (data) => {
      records.remove(String(data['id']));
      changes.touch('models');
    });
    trash.define('model', {
      restore: (data) => {
        records.put(modelRow.parse(data));
        changes.touch('models');
      },
      remove: async (data) => {
        await this.remove(modelRow.parse(data).id);
      },
    });
  }

  /**
   * @returns the id of the model; one that was imported before keeps its id.
   * @throws LabError `model/unsupported` with the first problem, `file/missing`, `file/write-failed`
   */
  async import({ path, name, isCopied }: ImportRequest): Promise<string> {
    const { records, changes } = this.#options;
    const from = usableFolder(path);
    const check = await this.#options.check(from);
    if (!check.ok) throw doesNotLoad(check);
    const known = records.atPath(from);
    const id = known !== undefined && !isCopied ? known.id : `model:${randomUUID().slice(0, 13)}`;
    const folder = isCopied ? await this.#copy(from, id) : from;
    const row = this.#rowOf({
      id,
      folder,
      check,
      name: name ?? known?.name ?? check.name,
      isCopied,
    });
    records.put(row);
    this.#record(row, known);
    changes.touch('models');
    return id;
  }

  /** The row of a finished export. */
  addExport(row: ModelRow): void {
    this.#options.records.put(row);
    this.#options.changes.touch('models');
  }

  /**
   * @returns the trash item of files that were ours; null when the folder was only forgotten.
   * @throws LabError `model/missing`
   */
  async remove(id: string): Promise<{ trashId: string | null }> {
    const { records, trash, changes } = this.#options;
    const row = records.get(id);
    const isInside = row.path.startsWith(this.#options.workspace + sep);
    if (row.is_owned === 1 && isInside && existsSync(row.path)) {
      const item = await trash.add({
        kind: 'model',
        title: `the model ${row.name}`,
        from: row.path,
        restore: row,
        commit: () => records.remove(id),
      });
      changes.touch('models');
      return { trashId: item.id };
    }
    records.remove(id);
    this.#options.history.record({
      label: `remove the model ${row.name} from the list`,
      undo: { kind: 'models/put', data: row },
      redo: { kind: 'models/forget', data: { id } },
    });
    changes.touch('models');
    return { trashId: null };
  }

  #rowOf(model: {
    readonly id: string;
    readonly folder: string;
    readonly check: ModelCheck;
    readonly name: string;
    readonly isCopied: boolean;
  }): ModelRow {
    const { id, folder, check, name, isCopied } = model;
    const weights = summarizeWeights(folder);
    const base = check.base?.path ?? null;
    return {
      id,
      kind: 'imported',
      name,
      path: folder,
      parent: base === null ? null : (this.#options.idAt(base) ?? null),
      format: null,
      hash: weights.hash,
      params: weights.params,
      bytes: bytesIn(modelFolder(folder)),
      is_owned: isCopied ? 1 : 0,
      is_adapter: weights.isAdapter ? 1 : 0,
      report: JSON.stringify({ ...check, tensors: [] }),
      created_at: new Date().toISOString(),
    };
  }

  #record(row: ModelRow, before: ModelRow | undefined): void {
    const isReplaced = before?.id === row.id;
    this.#options.history.record({
      label: `import the model ${row.name}`,
      undo: isReplaced
        ? { kind: 'models/put', data: before }
        : { kind: 'models/forget', data: { id: row.id } },
      redo: { kind: 'models/put', data: row },
    });
  }

  /**
   * The files of the folder itself, under a temporary name until all are there. Weights behind links (as
   * in a download cache) become files; folders and links to folders stay behind: nothing in them is read.
   */
  async #copy(from: string, id: string): Promise<string> {
    const base = join(this.#options.workspace, 'models');
    const to = join(base, id.replace(/^model:/, ''));
    const temporary = join(base, `.copy-${randomUUID()}`);
    const source = modelFolder(from);
    try {
      makeFolder(temporary);
      for (const name of readdirSync(source)) {
        const isWanted = !name.startsWith('.') && statSync(join(source, name)).isFile();
        if (isWanted) await copyFile(join(source, name), join(temporary, name));
      }
      renameSync(temporary, to);
      return to;
    } catch (cause) {
      rmSync(temporary, { recursive: true, force: true });
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new LabError('file/write-failed', `[models] cannot copy ${from}: ${reason}`, { cause });
    }
  }
}

function usableFolder(path: string): string {
  const full = absolutePath(path);
  try {
    readdirSync(full);
    return realpathSync(full);
  } catch (cause) {
    throw new LabError('file/missing', `[models] expected a folder at ${full}`, {
      hint: 'Choose a Hugging Face folder: config.json, *.safetensors, tokenizer.json.',
      cause,
    });
  }
}

function doesNotLoad(check: ModelCheck): LabError {
  const [first] = check.problems;
  const more = check.problems.length > 1 ? ` (and ${check.problems.length - 1} more)` : '';
  return new LabError(
    'model/unsupported',
    `[models] ${check.name}: ${first?.reason ?? 'it cannot be loaded'}${more}`,
    { hint: first?.fix, details: { problems: check.problems } },
  );
}
