/**
 * Deleting that can be taken back. A folder or file of the workspace moves into `trash/<id>/` and a row
 * says what it was; restoring moves it back and lets its room put its own rows back. Only what lies in
 * the workspace is ever moved, and only what was moved is ever removed.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import { type JsonObject, jsonObject } from '../../shared/json.ts';
import type { Emptied, TrashItem, TrashList } from '../../shared/model/workspace.ts';
import { syncFolder, writeError } from '../files/atomic.ts';
import { folderBytes } from '../files/folder-bytes.ts';
import { makeFolder } from '../files/make-folder.ts';
import type { Database } from '../storage/database.ts';
import { type TrashRow, trashRows } from '../storage/trash-rows.ts';
import type { Changes } from './changes.ts';
import type { History } from './history.ts';
import type { MediaSweep } from './media-sweep.ts';
import { DOOMED, isTrashId, recoverTrash, writeTrashNote } from './trash-notes.ts';

/** What a room does for the things it lets go. */
export interface TrashKind {
  /** Puts the room's rows back, inside the transaction that takes the item off the trash. */
  readonly restore: (data: JsonObject) => void;
  /** Deletes the same thing again (redo); calls {@link Trash.add} as the first time. */
  readonly remove: (data: JsonObject) => void | Promise<void>;
}

export interface TrashRequest {
  /** As given to {@link Trash.define}: 'dataset', 'run', 'model'. */
  readonly kind: string;
  readonly title: string;
  /** Folder or file inside the workspace; null when there are only rows. */
  readonly from: string | null;
  /** Counted when absent. */
  readonly bytes?: number | undefined;
  /** What `restore` and `remove` need later. */
  readonly restore: JsonObject;
  /** Takes the room's rows away, in the transaction that adds the item. */
  readonly commit: () => void;
}

const UNDO = 'trash/restore';
const REDO = 'trash/remove';

export class Trash {
  readonly #workspace: string;
  readonly #folder: string;
  readonly #rows: ReturnType<typeof trashRows>;
  readonly #history: History;
  readonly #changes: Changes;
  readonly #sweep: MediaSweep | undefined;
  readonly #kinds = new Map<string, TrashKind>();
  /** Set while a deletion is redone: it keeps its id and is no new entry of the history. */
  readonly #redoing = new AsyncLocalStorage<string>();

  constructor(options: {
    readonly db: Database;
    readonly workspace: string;
    readonly history: History;
    readonly changes: Changes;
    /** Removes media together with the datasets that used them. */
    readonly sweep?: MediaSweep;
  }) {
    this.#workspace = options.workspace;
    this.#sweep = options.sweep;
    this.#folder = join(options.workspace, 'trash');
    this.#rows = trashRows(options.db);
    this.#history = options.history;
    this.#changes = options.changes;
    recoverTrash(this.#workspace, (id) => this.#rows.get(id) !== undefined);
    this.#history.define(UNDO, async (data) => {
      await this.restore(String(data['id']));
    });
    this.#history.define(REDO, async (data) => {
      const kind = this.#kindOf(String(data['kind']));
      await this.#redoing.run(String(data['id']), async () => {
        await kind.remove(jsonObject.parse(data['restore']));
      });
    });
  }

  /** Says what a room does for a kind of thing. Called by rooms when the workspace opens. */
  define(kind: string, does: TrashKind): void {
    if (this.#kinds.has(kind)) throw new LabError('internal', `[trash] two rooms define ${kind}`);
    this.#kinds.set(kind, does);
  }

  list(): TrashList {
    const items = this.#rows.list().map(itemOf);
    return { items, bytes: items.reduce((sum, item) => sum + item.bytes, 0) };
  }

  /** Moves a thing to the trash. @throws LabError `file/write-failed`; then nothing has changed. */
  async add(request: TrashRequest): Promise<TrashItem> {
    this.#kindOf(request.kind);
    const redone = this.#redoing.getStore();
    const id = redone ?? randomUUID();
    const place = this.#placeOf(id);
    const from = request.from === null ? null : this.#inside(request.from);
    const row: TrashRow = {
      id,
      kind: request.kind,
      title: request.title,
      bytes: request.bytes ?? (from === null ? 0 : await folderBytes(from)),
      source: from === null ? null : relative(this.#workspace, from),
      restore_data: JSON.stringify(request.restore),
      deleted_at: new Date().toISOString(),
    };
    const isMoved = from !== null && existsSync(from);
    try {
      if (isMoved) {
        makeFolder(place);
        writeTrashNote(place, row);
        renameSync(from, join(place, basename(from)));
      }
      this.#rows.add(row, () => {
        request.commit();
        if (redone === undefined) this.#record(row, request.restore);
      });
    } catch (cause) {
      if (isMoved && !existsSync(from) && existsSync(join(place, basename(from)))) {
        renameSync(join(place, basename(from)), from);
      }
      rmSync(place, { recursive: true, force: true });
      throw writeError(from ?? request.title, cause);
    }
    if (isMoved) await syncFolder(dirname(from));
    this.#changes.touch('workspace');
    return itemOf(row);
  }

  /** @throws LabError `trash/missing`; `file/write-failed` when something else took its place */
  async restore(id: string): Promise<TrashItem> {
    const row = this.#get(id);
    const kind = this.#kindOf(row.kind);
    const place = this.#placeOf(id);
    const to = row.source === null ? null : this.#inside(row.source);
    const kept = to === null ? null : join(place, basename(to));
    const isMoved = to !== null && kept !== null && existsSync(kept);
    if (isMoved) moveBack(kept, to);
    try {
      this.#rows.remove(id, () => kind.restore(jsonObject.parse(JSON.parse(row.restore_data))));
    } catch (thrown) {
      if (isMoved) renameSync(to, kept);
      throw thrown;
    }
    await rm(place, { recursive: true, force: true });
    this.#changes.touch('workspace');
    return itemOf(row);
  }

  /**
   * Removes for good: the named items, or all, and the media that only they used.
   * @returns what that freed
   */
  async empty(ids?: readonly string[]): Promise<Emptied> {
    const rows = ids === undefined ? this.#rows.list() : ids.map((id) => this.#get(id));
    let bytes = 0;
    for (const row of rows) {
      const place = this.#placeOf(row.id);
      const doomed = join(this.#folder, `${DOOMED}${row.id}`);
      if (existsSync(place)) renameSync(place, doomed);
      const media = this.#sweep?.usedBelow(doomed) ?? [];
      this.#rows.remove(row.id, () => {});
      await rm(doomed, { recursive: true, force: true });
      bytes += row.bytes + ((await this.#sweep?.sweep(media)) ?? 0);
    }
    this.#changes.touch('workspace');
    return { items: rows.length, bytes };
  }

  #record(row: TrashRow, restore: JsonObject): void {
    this.#history.record({
      label: `delete ${row.title}`,
      undo: { kind: UNDO, data: { id: row.id } },
      redo: { kind: REDO, data: { id: row.id, kind: row.kind, restore } },
    });
  }

  #get(id: string): TrashRow {
    const row = this.#rows.get(id);
    if (row !== undefined) return row;
    throw new LabError('trash/missing', `[trash] nothing with the id ${id.slice(0, 60)} is in it`);
  }

  #kindOf(kind: string): TrashKind {
    const does = this.#kinds.get(kind);
    if (does !== undefined) return does;
    throw new LabError('internal', `[trash] no room knows how to restore a ${kind}`);
  }

  /** The database may come from anyone: an id that is a path must lead nowhere. */
  #placeOf(id: string): string {
    if (isTrashId(id)) return join(this.#folder, id);
    throw new LabError('file/unsafe', `[trash] ${id.slice(0, 60)} is no id of the trash`, {
      hint: 'This workspace was changed by something else: check its integrity.',
    });
  }

  #inside(path: string): string {
    const full = resolve(this.#workspace, path);
    const isOwn = full.startsWith(this.#workspace + sep) && !full.startsWith(this.#folder + sep);
    if (isOwn && full !== this.#folder) return full;
    throw new LabError('file/unsafe', `[trash] ${path} does not lie in the workspace`, {
      hint: 'Only files of the workspace are deleted from here.',
    });
  }
}

function moveBack(kept: string, to: string): void {
  if (existsSync(to)) {
    throw new LabError('file/write-failed', `[trash] ${to} exists again`, {
      hint: 'Rename what is there, then restore once more.',
    });
  }
  try {
    mkdirSync(dirname(to), { recursive: true });
    renameSync(kept, to);
  } catch (cause) {
    throw writeError(to, cause);
  }
}

function itemOf({ id, kind, title, bytes, deleted_at }: TrashRow): TrashItem {
  return { id, kind, title, bytes, deletedAt: deleted_at };
}
