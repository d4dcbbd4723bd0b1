/** Emptying the trash frees the pictures that only its datasets used, and no others. */
import { existsSync, mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/main/storage/database.ts';
import { Changes } from '../../../src/main/workspace/changes.ts';
import { History } from '../../../src/main/workspace/history.ts';
import { MediaStore } from '../../../src/main/workspace/media-store.ts';
import { MediaSweep } from '../../../src/main/workspace/media-sweep.ts';
import { Trash } from '../../../src/main/workspace/trash.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { picture } from './pictures.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Datasets that are only their file of rows, in a workspace with real media and a real trash. */
class Shelf {
  readonly workspace = Workspace.open({ path: temporaryFolder() });
  readonly path = this.workspace.path;
  readonly db = this.workspace.db;
  readonly media = new MediaStore({ workspace: this.path, db: this.db });
  isWriting = false;
  readonly trash: Trash;

  constructor() {
    const changes = new Changes();
    const history = new History({ db: this.db, changes });
    const sweep = new MediaSweep({
      db: this.db,
      workspace: this.path,
      isWriting: () => this.isWriting,
    });
    this.trash = new Trash({ db: this.db, workspace: this.path, history, changes, sweep });
    this.trash.define('dataset', { restore() {}, remove() {} });
  }

  rowsFile(name: string): string {
    return join(this.path, 'datasets', name, 'rows.sqlite');
  }

  dataset(name: string, hashes: readonly string[]): void {
    mkdirSync(join(this.path, 'datasets', name), { recursive: true });
    const rows = openDatabase(this.rowsFile(name), { synchronous: 'NORMAL' });
    rows.exec('CREATE TABLE media (sha256 TEXT PRIMARY KEY, bytes INTEGER)');
    const insert = rows.prepare('INSERT INTO media VALUES (?, 1)');
    for (const hash of hashes) insert.run(hash);
    rows.close();
  }

  async delete(name: string): Promise<void> {
    const from = `datasets/${name}`;
    await this.trash.add({
      kind: 'dataset',
      title: name,
      from,
      bytes: 10,
      restore: {},
      commit() {},
    });
  }

  async pictures(count: number): Promise<string[]> {
    const hashes = [];
    for (let shade = 1; shade <= count; shade += 1) {
      const { sha256 } = await this.media.put(await picture('png', { shade }));
      await this.media.thumbnail(sha256, 64);
      hashes.push(sha256);
    }
    return hashes;
  }

  left(hashes: readonly string[]): boolean[] {
    return hashes.map((hash) => this.media.has(hash) && existsSync(this.media.path(hash)));
  }
}

describe('MediaSweep', () => {
  it('frees what only the emptied dataset used', async () => {
    const shelf = new Shelf();
    const [own, shared, thrown, sentOn, unused] = (await shelf.pictures(5)) as [
      string,
      string,
      string,
      string,
      string,
    ]; // five were made
    shelf.dataset('gone', [own, shared, thrown, sentOn]);
    shelf.dataset('kept', [shared]);
    shelf.dataset('in the trash', [thrown]);
    shelf.db.prepare('INSERT INTO setting VALUES (?, ?)').run('x', `{"image":"${sentOn}"}`);
    await shelf.delete('gone');
    await shelf.delete('in the trash');
    const ownBytes = shelf.media.get(own)?.bytes ?? 0;
    const ownPath = shelf.media.path(own);

    const gone = shelf.trash.list().items.find(({ title }) => title === 'gone');
    expect(await shelf.trash.empty([gone?.id ?? ''])).toEqual({ items: 1, bytes: 10 + ownBytes });
    expect(existsSync(ownPath)).toBe(false);
    expect(shelf.media.has(own)).toBe(false);
    expect(shelf.left([shared, thrown, sentOn, unused])).toEqual([true, true, true, true]);

    await shelf.trash.empty();
    expect(shelf.media.has(thrown)).toBe(false);
    expect(shelf.left([shared, sentOn, unused])).toEqual([true, true, true]);
    shelf.workspace.dispose();
  });

  it('frees nothing while an import is writing', async () => {
    const shelf = new Shelf();
    const hashes = await shelf.pictures(1);
    shelf.dataset('gone', hashes);
    await shelf.delete('gone');
    shelf.isWriting = true;
    expect((await shelf.trash.empty()).bytes).toBe(10);
    expect(shelf.left(hashes)).toEqual([true]);
    shelf.workspace.dispose();
  });

  it('frees nothing while a dataset cannot be read: it may use them', async () => {
    const shelf = new Shelf();
    const hashes = await shelf.pictures(1);
    shelf.dataset('gone', hashes);
    shelf.dataset('damaged', hashes);
    truncateSync(shelf.rowsFile('damaged'), 200);
    await shelf.delete('gone');
    await shelf.trash.empty();
    expect(shelf.left(hashes)).toEqual([true]);
    shelf.workspace.dispose();
  });
});
