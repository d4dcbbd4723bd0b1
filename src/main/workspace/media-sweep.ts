/**
 * Media that only a dataset used which is now gone for good. The media of a folder that is about to be
 * removed come in; those that no other dataset (the trash included) and nothing a person made refers to
 * are removed, and the freed bytes go out. In doubt everything stays.
 */
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { THUMBNAIL_SIZES } from '../../shared/model/media.ts';
import { type Database, openDatabase } from '../storage/database.ts';
import { mediaRows } from '../storage/media-rows.ts';
import { isHash, mediaPath } from './store-media.ts';
import { thumbnailPath } from './thumbnails.ts';

/** The file of a dataset's rows; its `media` table names what the rows show. */
const ROWS_FILE = 'rows.sqlite';
const HASH = /\b[0-9a-f]{64}\b/g;
/** Look-ups between two turns of the event loop: about a millisecond. */
const AT_ONCE = 500;

export class MediaSweep {
  readonly #workspace: string;
  readonly #rows: ReturnType<typeof mediaRows>;
  readonly #isWriting: () => boolean;

  /** @param options.isWriting an import may be using media that its dataset does not name yet */
  constructor(options: {
    readonly db: Database;
    readonly workspace: string;
    readonly isWriting: () => boolean;
  }) {
    this.#workspace = options.workspace;
    this.#rows = mediaRows(options.db);
    this.#isWriting = options.isWriting;
  }

  /** Hashes of the media that the datasets directly below a folder use. */
  usedBelow(folder: string): string[] {
    return rowsFilesBelow(folder).flatMap((path) =>
      reading(path, (db) => db.prepare<[], string>('SELECT sha256 FROM media').pluck().all()),
    );
  }

  /** @returns bytes of the originals that were removed */
  async sweep(hashes: readonly string[]): Promise<number> {
    const unused = new Set(hashes.filter(isHash));
    if (unused.size === 0 || this.#isWriting()) return 0;
    try {
      for (const path of this.#rowsFiles()) await dropUsed(path, unused);
      await this.#dropNamed(unused);
    } catch {
      // A file that cannot be read may be the one that uses them.
      return 0;
    }
    let bytes = 0;
    for (const sha256 of unused) bytes += await this.#remove(sha256);
    return bytes;
  }

  async #remove(sha256: string): Promise<number> {
    const ref = this.#rows.get(sha256);
    if (ref === undefined || this.#isWriting()) return 0;
    this.#rows.remove(sha256);
    await rm(mediaPath(this.#workspace, ref), { force: true });
    for (const size of THUMBNAIL_SIZES) {
      await rm(thumbnailPath(this.#workspace, sha256, size), { force: true });
    }
    return ref.bytes;
  }

  #rowsFiles(): string[] {
    const trash = join(this.#workspace, 'trash');
    const kept = namesIn(trash).map((id) => join(trash, id));
    return [join(this.#workspace, 'datasets'), ...kept].flatMap(rowsFilesBelow);
  }

  /** Takes out what any text of workspace.sqlite names: rows sent on, history, notes. */
  async #dropNamed(unused: Set<string>): Promise<void> {
    // A connection of its own: others may write between two turns.
    const db = openDatabase(join(this.#workspace, 'workspace.sqlite'), {
      synchronous: 'FULL',
      readonly: true,
    });
    try {
      const tables = db
        .prepare<[], string>(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('media') AND name NOT LIKE 'sqlite_%'",
        )
        .pluck()
        .all();
      for (const table of tables) {
        let read = 0;
        for (const row of db
          .prepare(`SELECT * FROM "${table.replaceAll('"', '""')}"`)
          .raw()
          .iterate()) {
          for (const hash of JSON.stringify(row).match(HASH) ?? []) unused.delete(hash);
          read += 1;
          if (read % AT_ONCE === 0) await turn();
        }
      }
    } finally {
      db.close();
    }
  }
}

async function dropUsed(path: string, unused: Set<string>): Promise<void> {
  const db = openDatabase(path, { synchronous: 'NORMAL', readonly: true });
  try {
    const find = db.prepare<[string]>('SELECT 1 FROM media WHERE sha256 = ?');
    let read = 0;
    for (const hash of [...unused]) {
      if (find.get(hash) !== undefined) unused.delete(hash);
      read += 1;
      if (read % AT_ONCE === 0) await turn();
    }
  } finally {
    db.close();
  }
}

/** What cannot be read gives nothing: then nothing of it is removed either. */
function reading(path: string, read: (db: Database) => string[]): string[] {
  try {
    const db = openDatabase(path, { synchronous: 'NORMAL', readonly: true });
    try {
      return read(db);
    } finally {
      db.close();
    }
  } catch {
    return [];
  }
}

function rowsFilesBelow(folder: string): string[] {
  return namesIn(folder)
    .map((name) => join(folder, name, ROWS_FILE))
    .filter(existsSync);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
