/** A workspace from a stranger: its database names paths outside of it. Nothing there is read, moved or removed. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Changes } from '../../src/main/workspace/changes.ts';
import { History } from '../../src/main/workspace/history.ts';
import { Integrity } from '../../src/main/workspace/integrity/integrity.ts';
import { MediaStore } from '../../src/main/workspace/media-store.ts';
import { MediaSweep } from '../../src/main/workspace/media-sweep.ts';
import { Trash } from '../../src/main/workspace/trash.ts';
import { Workspace } from '../../src/main/workspace/workspace.ts';
import { temporaryFolder } from '../unit/workspace/temporary-folder.ts';

const ID = '00000000-0000-4000-8000-000000000000';

class Crafted {
  readonly home = temporaryFolder();
  readonly victim = join(this.home, 'victim');
  readonly path = join(this.home, 'workspace');
  readonly workspace = Workspace.open({ path: this.path });
  readonly db = this.workspace.db;

  constructor() {
    mkdirSync(this.victim);
    writeFileSync(join(this.victim, 'thesis.png'), 'precious');
  }

  trash(): Trash {
    const changes = new Changes();
    const history = new History({ db: this.db, changes });
    const { db, path: workspace } = this;
    const sweep = new MediaSweep({ db, workspace, isWriting: () => false });
    const trash = new Trash({ db, workspace, history, changes, sweep });
    trash.define('box', { restore() {}, remove() {} });
    return trash;
  }

  item(id: string, source: string): void {
    this.db
      .prepare("INSERT INTO trash_item VALUES (?, 'box', 'x', 1, ?, '{}', '2026-01-01T00:00:00Z')")
      .run(id, source);
  }

  isVictimWell(): boolean {
    return readFileSync(join(this.victim, 'thesis.png'), 'utf8') === 'precious';
  }
}

describe('a crafted workspace', () => {
  it.each(['../../victim', '../victim', '/tmp', '.', '..', ''])(
    'with %j as an id of its trash removes nothing',
    async (id) => {
      const crafted = new Crafted();
      crafted.item(id, 'runs/r1');
      const trash = crafted.trash();
      await expect(trash.empty()).rejects.toMatchObject({ code: 'file/unsafe' });
      await expect(trash.restore(id)).rejects.toMatchObject({ code: 'file/unsafe' });
      expect(crafted.isVictimWell()).toBe(true);
      crafted.workspace.dispose();
    },
  );

  it.each(['../victim/evil.sh', '/tmp/evil.sh', 'runs/../../victim/evil.sh'])(
    'with %j as a source moves nothing out',
    async (source) => {
      const crafted = new Crafted();
      crafted.item(ID, source);
      const place = join(crafted.path, 'trash', ID);
      mkdirSync(place, { recursive: true });
      writeFileSync(join(place, 'evil.sh'), '#!/bin/sh');
      await expect(crafted.trash().restore(ID)).rejects.toMatchObject({ code: 'file/unsafe' });
      expect(existsSync(join(crafted.victim, 'evil.sh'))).toBe(false);
      expect(crafted.isVictimWell()).toBe(true);
      crafted.workspace.dispose();
    },
  );

  it('with a note in its trash that names a place outside moves nothing there', () => {
    const crafted = new Crafted();
    const place = join(crafted.path, 'trash', ID);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'evil.sh'), '#!/bin/sh');
    for (const source of ['../victim/evil.sh', 'runs/../../victim/evil.sh', '/tmp/evil.sh', '..']) {
      writeFileSync(join(place, 'item.json'), JSON.stringify({ source, kind: 'box', title: 'x' }));
      crafted.trash();
      expect(existsSync(join(place, 'evil.sh'))).toBe(true);
    }
    expect(existsSync(join(crafted.victim, 'evil.sh'))).toBe(false);
    crafted.workspace.dispose();
  });

  it('with paths for hashes reads, repairs and sweeps nothing outside', async () => {
    const crafted = new Crafted();
    const { db, path: workspace } = crafted;
    const add = db.prepare(
      "INSERT INTO media VALUES (?, ?, 8, 1, 1, NULL, '2026-01-01T00:00:00Z')",
    );
    const hashes = ['../../../victim/thesis', '/../../../victim/thesis'];
    for (const hash of hashes) add.run(hash, 'image/png');
    add.run('a'.repeat(64), 'constructor');
    const media = new MediaStore({ workspace, db });
    for (const hash of [...hashes, 'a'.repeat(64)]) {
      expect(() => media.path(hash)).toThrow(expect.objectContaining({ code: 'file/unsafe' }));
    }
    await new MediaSweep({ db, workspace, isWriting: () => false }).sweep(hashes);
    const integrity = new Integrity({ db, workspace });
    const { findings } = await integrity.check({ isFull: true });
    expect(findings).toHaveLength(3);
    const { left } = await integrity.repair();
    expect(left).toEqual([]);
    expect(crafted.isVictimWell()).toBe(true);
    crafted.workspace.dispose();
  });
});
