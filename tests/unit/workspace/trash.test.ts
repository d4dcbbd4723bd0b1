/** Deleting and taking it back: files, rows, history, and kills in between. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Changes } from '../../../src/main/workspace/changes.ts';
import { History } from '../../../src/main/workspace/history.ts';
import { Trash } from '../../../src/main/workspace/trash.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A room of boxes: a row in `setting` and a folder each. */
class BoxRoom {
  readonly path: string;
  readonly workspace: Workspace;
  readonly history: History;
  readonly trash: Trash;
  failsToCommit = false;

  constructor(path = temporaryFolder()) {
    this.path = path;
    this.workspace = Workspace.open({ path });
    const { db } = this.workspace;
    const changes = new Changes();
    this.history = new History({ db, changes });
    this.trash = new Trash({ db, workspace: path, history: this.history, changes });
    this.trash.define('box', {
      restore: ({ name }) => this.#insert(String(name)),
      remove: async ({ name }) => void (await this.remove(String(name))),
    });
  }

  folder(name: string): string {
    return join(this.path, 'datasets', name);
  }

  make(name: string): void {
    mkdirSync(this.folder(name), { recursive: true });
    writeFileSync(join(this.folder(name), 'rows'), 'r'.repeat(1000));
    this.#insert(name);
  }

  remove(name: string) {
    return this.trash.add({
      kind: 'box',
      title: name,
      from: `datasets/${name}`,
      restore: { name },
      commit: () => {
        this.workspace.db.prepare('DELETE FROM setting WHERE key = ?').run(name);
        if (this.failsToCommit) throw new Error('disk full');
      },
    });
  }

  has(name: string): boolean {
    const row = this.workspace.db.prepare('SELECT 1 FROM setting WHERE key = ?').get(name);
    expect(existsSync(this.folder(name)), `folder of ${name}`).toBe(row !== undefined);
    return row !== undefined;
  }

  #insert(name: string): void {
    this.workspace.db.prepare("INSERT INTO setting VALUES (?, '1')").run(name);
  }
}

describe('Trash', () => {
  it('moves away, counts, and brings back', async () => {
    const room = new BoxRoom();
    room.make('cats');
    const item = await room.remove('cats');
    expect(room.has('cats')).toBe(false);
    expect(room.trash.list()).toMatchObject({
      bytes: 1000,
      items: [{ title: 'cats', kind: 'box' }],
    });
    await room.trash.restore(item.id);
    expect(room.has('cats')).toBe(true);
    expect(readFileSync(join(room.folder('cats'), 'rows'), 'utf8')).toHaveLength(1000);
    expect(room.trash.list().items).toEqual([]);
    expect(readdirSync(join(room.path, 'trash'))).toEqual([]);
    room.workspace.dispose();
  });

  it('is undone and redone over a restart, again and again', async () => {
    const before = new BoxRoom();
    before.make('cats');
    await before.remove('cats');
    before.workspace.dispose();
    const room = new BoxRoom(before.path);
    for (let round = 0; round < 3; round += 1) {
      expect(await room.history.undo()).toBe('delete cats');
      expect(room.has('cats')).toBe(true);
      expect(await room.history.redo()).toBe('delete cats');
      expect(room.has('cats')).toBe(false);
    }
    expect(room.history.state(10).entries).toHaveLength(1);
    expect(room.trash.list().items).toHaveLength(1);
    room.workspace.dispose();
  });

  it('frees the bytes when it is emptied; undo then says that it is gone', async () => {
    const room = new BoxRoom();
    for (const name of ['a', 'b']) room.make(name);
    await room.remove('a');
    await room.remove('b');
    expect(await room.trash.empty()).toEqual({ items: 2, bytes: 2000 });
    expect(readdirSync(join(room.path, 'trash'))).toEqual([]);
    await expect(room.history.undo()).rejects.toMatchObject({ code: 'trash/missing' });
    await expect(room.history.undo()).rejects.toMatchObject({ code: 'trash/missing' });
    expect(await room.history.undo()).toBeNull();
    await expect(room.trash.restore('nothing')).rejects.toMatchObject({ code: 'trash/missing' });
    room.workspace.dispose();
  });

  it('changes nothing when the row cannot be committed', async () => {
    const room = new BoxRoom();
    room.make('cats');
    room.failsToCommit = true;
    await expect(room.remove('cats')).rejects.toThrow('disk full');
    expect(room.has('cats')).toBe(true);
    expect(room.trash.list().items).toEqual([]);
    expect(room.history.state(10).entries).toEqual([]);
    room.workspace.dispose();
  });

  it('does not restore over something new', async () => {
    const room = new BoxRoom();
    room.make('cats');
    const { id } = await room.remove('cats');
    room.make('cats');
    await expect(room.trash.restore(id)).rejects.toMatchObject({ code: 'file/write-failed' });
    expect(room.trash.list().items).toHaveLength(1);
    room.workspace.dispose();
  });

  it.each(['../outside', '/etc/hosts', 'trash', 'trash/x', '', '.'])(
    'never touches %j',
    async (from) => {
      const room = new BoxRoom();
      const attempt = room.trash.add({ kind: 'box', title: 'x', from, restore: {}, commit() {} });
      await expect(attempt).rejects.toMatchObject({ code: 'file/unsafe' });
      room.workspace.dispose();
    },
  );

  it('undoes at the next start what a kill cut off', async () => {
    const room = new BoxRoom();
    room.make('moved');
    room.make('emptying');
    room.make('emptied');
    const moved = await room.remove('moved');
    const emptying = await room.remove('emptying');
    const emptied = await room.remove('emptied');
    const { db } = room.workspace;
    const trash = join(room.path, 'trash');
    // Killed after the move and before the row: as if the row had never been.
    db.prepare('DELETE FROM trash_item WHERE id = ?').run(moved.id);
    db.prepare("INSERT INTO setting VALUES ('moved', '1')").run();
    // Killed while emptying, before and after its row went.
    renameSync(join(trash, emptying.id), join(trash, `.emptied-${emptying.id}`));
    renameSync(join(trash, emptied.id), join(trash, `.emptied-${emptied.id}`));
    db.prepare('DELETE FROM trash_item WHERE id = ?').run(emptied.id);
    room.workspace.dispose();

    const after = new BoxRoom(room.path);
    expect(after.has('moved')).toBe(true);
    await after.trash.restore(emptying.id);
    expect(after.has('emptying')).toBe(true);
    expect(after.has('emptied')).toBe(false);
    expect(readdirSync(trash)).toEqual([]);
    after.workspace.dispose();
  });
});
