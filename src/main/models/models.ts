/**
 * The models room of an open workspace: starter, imported folders, checkpoints of runs and exports as
 * one family tree. Folders come in, nodes with sizes, scores and problems go out.
 */
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import type {
  ModelCheck,
  ModelComparison,
  ModelExport,
  ModelNode,
} from '../../shared/model/model.ts';
import { modelCheckResult } from '../../shared/protocol/results.ts';
import { askEngine, type JobRunner } from '../engine/ask.ts';
import { APP_ROOT } from '../entries.ts';
import { differencesOf } from '../recipes/differences.ts';
import type { Database } from '../storage/database.ts';
import type { Changes } from '../workspace/changes.ts';
import type { History } from '../workspace/history.ts';
import { absolutePath } from '../workspace/places.ts';
import type { Trash } from '../workspace/trash.ts';
import { ModelChat } from './chat.ts';
import { DroppedCheckpoints } from './dropped.ts';
import { ModelExports } from './exports.ts';
import { followRuns } from './follow-runs.ts';
import { type ImportRequest, ModelLibrary } from './library.ts';
import { ModelRecords, modelNote } from './records.ts';
import { Retention } from './retention.ts';
import { RunCheckpoints } from './run-checkpoints.ts';
import { checkpointOf, ModelTree, type TreeSources } from './tree.ts';

export interface ModelsOptions extends TreeSources {
  readonly db: Database;
  readonly workspace: string;
  readonly changes: Changes;
  readonly history: History;
  readonly trash: Trash;
  readonly engines: {
    /** Quick questions one after the other; long jobs beside them. */
    readonly tools: JobRunner;
    /** Keeps a model. */
    readonly chat: JobRunner;
  };
  readonly mediaPath: (sha256: string) => string;
  /** The run that trains now; undefined when none does. */
  readonly training: () => string | undefined;
  /** Runs that are written or wait to go on: their checkpoints stay. */
  readonly isBusy: (run: string) => boolean;
  readonly onExported: (done: ModelExport) => void;
}

export interface Annotation {
  readonly id: string;
  /** null takes the name back. */
  readonly name?: string | null | undefined;
  readonly note?: string | undefined;
  readonly isPinned?: boolean | undefined;
}

export class Models {
  readonly retention: Retention;
  readonly exports: ModelExports;
  readonly chat: ModelChat;
  readonly #options: ModelsOptions;
  readonly #records: ModelRecords;
  readonly #tree: ModelTree;
  readonly #library: ModelLibrary;
  readonly #dropped: DroppedCheckpoints;
  readonly #unfollow: () => void;

  constructor(options: ModelsOptions) {
    const { workspace, changes, history } = options;
    this.#options = options;
    this.#records = new ModelRecords(options.db);
    this.#dropped = new DroppedCheckpoints(options);
    this.#tree = new ModelTree({
      ...options,
      records: this.#records,
      runs: new RunCheckpoints(join(workspace, 'runs')),
      starter: join(APP_ROOT, 'resources/starter'),
    });
    const node = (id: string): ModelNode => this.#tree.get(id);
    this.#library = new ModelLibrary({
      ...options,
      records: this.#records,
      check: (path) => this.check(path, undefined),
      idAt: (path) => this.#tree.idAt(path),
    });
    this.retention = new Retention({
      ...options,
      records: this.#records,
      nodes: () => this.#tree.list(),
      dropped: this.#dropped,
    });
    this.exports = new ModelExports({
      engine: options.engines.tools,
      library: this.#library,
      node,
      changes,
      onEnd: options.onExported,
    });
    this.chat = new ModelChat({
      engine: options.engines.chat,
      node,
      mediaPath: options.mediaPath,
      training: options.training,
    });
    this.#unfollow = followRuns(changes, join(workspace, 'runs'));
    history.define('models/note', (data) => {
      this.#records.setNote(modelNote.parse(data));
      changes.touch('models');
    });
  }

  list(): ModelNode[] {
    return this.#tree.list();
  }

  /** @throws LabError `model/missing` */
  get(id: string): ModelNode {
    return this.#tree.get(id);
  }

  /** Where the recipes of two models differ. @throws LabError `model/missing` */
  compare(a: string, b: string): ModelComparison {
    const [left, right] = [this.get(a), this.get(b)];
    const isKnown = left.hash !== null && right.hash !== null;
    return {
      a,
      b,
      isSameShape: isKnown ? left.hash === right.hash : null,
      recipe: differencesOf(this.#tree.slotsOf(a), this.#tree.slotsOf(b)).map(
        ({ path, from, to }) => ({ path, a: from, b: to }),
      ),
    };
  }

  /** What a folder holds and whether the engine can use it. @throws LabError `file/missing` */
  async check(path: string, signal: AbortSignal | undefined): Promise<ModelCheck> {
    const folder = absolutePath(path);
    const [row] = await askEngine(
      this.#options.engines.tools,
      'model-check',
      { path: folder },
      { row: modelCheckResult, signal },
    );
    if (row === undefined) throw new LabError('engine/protocol', '[model-check] no answer');
    return { ...row, name: nameOf(folder), importedAs: this.#tree.idAt(folder) ?? null };
  }

  async import(request: ImportRequest): Promise<ModelNode> {
    return this.get(await this.#library.import(request));
  }

  /** @throws LabError `model/missing` */
  annotate({ id, name, note, isPinned }: Annotation): ModelNode {
    this.get(id);
    const before = this.#records.note(id);
    const after = {
      model: id,
      name: name === undefined ? before.name : name,
      note: note ?? before.note,
      is_pinned: isPinned === undefined ? before.is_pinned : Number(isPinned),
    };
    this.#records.setNote(after);
    this.#options.history.record({
      label: 'annotate a model',
      undo: { kind: 'models/note', data: before },
      redo: { kind: 'models/note', data: after },
      mergeKey: `models/note ${id}`,
    });
    this.#options.changes.touch('models');
    return this.get(id);
  }

  /**
   * @returns the trash item; null for a folder that was only forgotten.
   * @throws LabError `model/missing`, `model/in-use`
   */
  async remove(id: string): Promise<{ trashId: string | null }> {
    if (id === 'starter') {
      throw new LabError('model/in-use', '[models] the starter belongs to the app and stays');
    }
    const place = checkpointOf(id);
    if (place === undefined) return await this.#library.remove(id);
    if (this.#options.isBusy(place.run)) {
      throw new LabError('model/in-use', `[models] ${place.run} is being written`, {
        hint: 'Stop the run first.',
      });
    }
    return await this.#dropped.drop([id]);
  }

  async dispose(): Promise<void> {
    this.#unfollow();
    await Promise.all([this.exports.dispose(), this.chat.dispose()]);
  }
}

/** `runs/x/checkpoints/step-000050/model` is called by its step, a folder by its own name. */
function nameOf(folder: string): string {
  const name = basename(folder);
  const parent = basename(dirname(folder));
  return z.literal('model').safeParse(name).success && parent !== '' ? parent : name;
}
