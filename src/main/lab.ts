/**
 * Composition of everything that belongs to one open workspace. Comes in: the folder. Goes out: the
 * services the routers call. Each room adds its service here, one import and one line; a service gets
 * what it needs as constructor options and is disposed in reverse order.
 */
import type { DataRef, TrainingFile } from '../shared/model/dataset.ts';
import { DatasetsService } from './datasets/service/service.ts';
import { EnginePools } from './engine/pools.ts';
import { readDataName, writeDataNote } from './models/data-names.ts';
import { runFacts } from './models/from-runs.ts';
import { Models } from './models/models.ts';
import { Recipes } from './recipes/recipes.ts';
import type { RolloutsService } from './rollouts/service.ts';
import { composeRuns, type RunsRooms } from './runs/compose.ts';
import type { RunsService } from './runs/service.ts';
import type { Database } from './storage/database.ts';
import { Backups } from './workspace/backups.ts';
import { Changes } from './workspace/changes.ts';
import { Doctor } from './workspace/doctor.ts';
import { poolProcesses } from './workspace/engine-processes.ts';
import { History } from './workspace/history.ts';
import { Integrity } from './workspace/integrity/integrity.ts';
import { MediaStore } from './workspace/media-store.ts';
import { MediaSweep } from './workspace/media-sweep.ts';
import { Notices } from './workspace/notices.ts';
import { absolutePath, configFolder } from './workspace/places.ts';
import { RecentWorkspaces } from './workspace/recent-workspaces.ts';
import { restoreBackup } from './workspace/restore-backup.ts';
import { SettingsStore } from './workspace/settings-store.ts';
import { Status } from './workspace/status.ts';
import { Trash } from './workspace/trash.ts';
import { Workspace, type WorkspaceOptions } from './workspace/workspace.ts';

export interface LabOptions extends Omit<WorkspaceOptions, 'path'> {
  /** Folder of the workspace; made when it is not there. */
  readonly workspace: string;
  /** A workspace without datasets is given the bundled one, in the background. */
  readonly hasBundled?: boolean;
}

/** What outlives a workspace: windows stay connected while another one is opened. */
interface Shared {
  readonly changes: Changes;
  readonly notices: Notices;
  /** Workspaces without datasets are given the bundled one. */
  readonly hasBundled: boolean;
}

/** Whether a day has passed is looked at so often: a lab stays open for weeks. */
const BACKUP_EVERY_MS = 3600 * 1000;

export class Lab {
  readonly path: string;
  /** Handed on to the lab of the next workspace. */
  readonly shared: Shared;
  readonly workspace: Workspace;
  /** workspace.sqlite, for the services of the rooms. */
  readonly db: Database;
  readonly changes: Changes;
  readonly notices: Notices;
  readonly settings: SettingsStore;
  readonly history: History;
  readonly trash: Trash;
  readonly media: MediaStore;
  readonly backups: Backups;
  readonly integrity: Integrity;
  readonly status: Status;
  /** Warm engines; runs have processes of their own. */
  readonly engines = new EnginePools();
  readonly doctor = new Doctor(this.engines.tools);
  readonly models: Models;
  readonly recipes: Recipes;
  readonly runs: RunsService;
  readonly rollouts: RolloutsService;
  readonly #runsRooms: RunsRooms;
  readonly datasets: DatasetsService;

  #nextBackup: NodeJS.Timeout | undefined;

  private constructor(workspace: Workspace, shared: Shared) {
    const { path, db } = workspace;
    const { changes } = shared;
    this.path = path;
    this.shared = shared;
    this.workspace = workspace;
    this.db = db;
    this.changes = changes;
    this.notices = shared.notices;
    this.settings = new SettingsStore({ db, changes });
    this.history = new History({ db, changes });
    const isWriting = () => this.datasets.list().some(({ status }) => status === 'importing');
    const sweep = new MediaSweep({ db, workspace: path, isWriting });
    this.trash = new Trash({ db, workspace: path, history: this.history, changes, sweep });
    this.media = new MediaStore({ db, workspace: path });
    this.backups = new Backups({
      db,
      workspace: path,
      keep: () => this.settings.get().keepBackups,
    });
    this.integrity = new Integrity({ db, workspace: path });
    this.status = new Status({ workspace: path, savedAt: () => workspace.savedAt() });
    this.status.provide('processes', () => poolProcesses(this.engines));
    this.status.provide('device', () => this.doctor.device(this.settings.get().device));
    this.datasets = new DatasetsService({
      workspace: path,
      db,
      changes,
      history: this.history,
      trash: this.trash,
      media: this.media,
      engine: this.engines.tools,
    });
    this.recipes = new Recipes({
      db,
      changes,
      history: this.history,
      trash: this.trash,
      engine: this.engines.tools,
    });
    this.#runsRooms = composeRuns({
      ...this,
      resolveSaved: async (draft) => {
        const check = await this.recipes.check(draft, { session: 'queue' });
        return { ...check, recipe: check.base };
      },
      materialise: (ref) => this.#materialise(ref),
    });
    this.runs = this.#runsRooms.runs;
    this.rollouts = this.#runsRooms.rollouts;
    this.models = new Models({
      ...runFacts(this.runs),
      db,
      workspace: path,
      changes,
      history: this.history,
      trash: this.trash,
      engines: this.engines,
      mediaPath: (sha256) => this.media.path(sha256),
      viewOf: (file) => readDataName(path, file),
      onExported: ({ modelName, status, path: to, error }) =>
        this.notices.push({
          room: 'models',
          level: status === 'failed' ? 'bad' : 'good',
          title: `Export of ${modelName} ${status === 'done' ? 'is done' : status}`,
          text: error?.message ?? to,
          href: '/models',
        }),
    });
  }

  /** @throws LabError `workspace/locked`, `workspace/invalid`, `workspace/corrupt` */
  static async open(options: LabOptions, shared?: Shared): Promise<Lab> {
    const { workspace: path, hasBundled = false, ...rest } = options;
    const lasting = shared ?? { changes: new Changes(), notices: new Notices(), hasBundled };
    const workspace = Workspace.open({ path, ...rest });
    try {
      const lab = new Lab(workspace, lasting);
      lab.#backUp();
      if (lasting.hasBundled) lab.datasets.ensureBundled();
      lab.runs.start();
      return lab;
    } catch (thrown) {
      workspace.dispose();
      throw thrown;
    }
  }

  /** The rows of a dataset or view as a training file, with a note of what they are called. */
  async #materialise(ref: DataRef): Promise<TrainingFile> {
    const file = await this.datasets.materialise(ref);
    const view = ref.view === undefined ? null : this.datasets.views.get(ref.view);
    await writeDataNote(file.path, {
      dataset: this.datasets.get(ref.dataset).name,
      view: view === null ? null : { name: view.name, version: view.version },
      hash: file.hash,
      rows: file.rows,
    });
    return file;
  }

  #backUp(): void {
    clearTimeout(this.#nextBackup);
    this.#nextBackup = setTimeout(() => this.#backUp(), BACKUP_EVERY_MS).unref();
    const problem = this.backups.makeDaily(this.workspace.info().createdAt);
    if (problem === undefined) return;
    this.notices.push({
      room: 'workspace',
      level: 'bad',
      title: 'The daily backup failed',
      text: problem.message,
      href: '/settings',
    });
  }

  /** Stops what runs and lets the workspace go. */
  async dispose(): Promise<void> {
    clearTimeout(this.#nextBackup);
    await this.#runsRooms.dispose();
    await this.engines.dispose();
    await this.models.dispose();
    await this.datasets.dispose();
    this.workspace.dispose();
  }
}

/** The lab of the workspace that is open now; the person may open another one. */
export class LabHolder {
  readonly changes: Changes;
  readonly notices: Notices;
  readonly recent: RecentWorkspaces;
  #current: Lab;
  /** Two switches at once would leave one workspace open with nobody to let it go. */
  #last: Promise<void>;

  constructor(first: Lab, recent = new RecentWorkspaces(configFolder())) {
    this.#current = first;
    this.changes = first.changes;
    this.notices = first.notices;
    this.recent = recent;
    this.#last = this.#remember();
  }

  get current(): Lab {
    return this.#current;
  }

  /** Opens another workspace, then lets the old one go: a folder that cannot be opened changes nothing. */
  switchTo(options: LabOptions): Promise<void> {
    const done = this.#last.then(() => this.#switch(options));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #switch(options: LabOptions): Promise<void> {
    const previous = this.#current;
    if (previous.workspace.isAt(options.workspace) && options.intent !== 'create') return;
    this.#current = await Lab.open(options, previous.shared);
    await previous.dispose();
    await this.#remember();
    this.changes.touchAll();
  }

  /**
   * Puts a backup in the place of a workspace's database: of the one that is open (which is closed for
   * that time) or of another one, which may be damaged. @returns the folder with the replaced files
   */
  restore(request: {
    readonly workspace?: string | undefined;
    readonly backup: string;
  }): Promise<string> {
    const done = this.#last.then(() => this.#restore(request.workspace, request.backup));
    this.#last = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  async #restore(workspace: string | undefined, backup: string): Promise<string> {
    const { current } = this;
    if (workspace !== undefined && !current.workspace.isAt(workspace)) {
      return await restoreBackup(absolutePath(workspace), backup);
    }
    await current.dispose();
    try {
      return await restoreBackup(current.path, backup);
    } finally {
      // Also when the backup was refused: the workspace is as it was.
      this.#current = await Lab.open({ workspace: current.path }, current.shared);
      this.changes.touchAll();
    }
  }

  /** The list of recent workspaces is a convenience: a read-only home does not keep anyone out. */
  async #remember(): Promise<void> {
    const { path, workspace } = this.#current;
    await this.recent.opened(path, workspace.name).catch(() => undefined);
  }
}
