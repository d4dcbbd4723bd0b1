/** The integrity check finds real damage in real files, and repair loses nothing. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/main/storage/database.ts';
import { Integrity } from '../../../src/main/workspace/integrity/integrity.ts';
import { MediaStore } from '../../../src/main/workspace/media-store.ts';
import { storeMediaFile } from '../../../src/main/workspace/store-media.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { picture } from './pictures.ts';
import { temporaryFolder } from './temporary-folder.ts';

class Sick {
  readonly workspace = Workspace.open({ path: temporaryFolder() });
  readonly path = this.workspace.path;
  readonly db = this.workspace.db;
  readonly media = new MediaStore({ workspace: this.path, db: this.db });
  readonly integrity = new Integrity({ workspace: this.path, db: this.db });

  async whats(isFull = true): Promise<string[]> {
    const { findings } = await this.integrity.check({ isFull });
    return findings.map(({ part, severity, what }) => `${part} ${severity}: ${what}`);
  }
}

/** A database of many pages with a part in the middle overwritten. */
function damagedDatabase(path: string): void {
  const db = openDatabase(path, { synchronous: 'NORMAL' });
  db.exec('CREATE TABLE t (a TEXT)');
  const insert = db.prepare('INSERT INTO t VALUES (?)');
  db.transaction(() => {
    for (let n = 0; n < 3000; n += 1) insert.run(`row ${n}`.padEnd(200));
  })();
  db.close();
  truncateSync(path, 100_000);
}

describe('Integrity', () => {
  it('finds nothing in a sound workspace', async () => {
    const { integrity, media, workspace } = new Sick();
    for (const shade of [1, 2, 3]) await media.put(await picture('png', { shade }));
    const report = await integrity.check({ isFull: false });
    expect(report).toMatchObject({ isSound: true, findings: [] });
    expect(report.counted).toContainEqual({ what: 'media files', count: 3 });
    expect((await integrity.repair()).done).toEqual([]);
    workspace.dispose();
  });

  it('finds missing, cut and changed media; repair sets them aside and writes rows down', async () => {
    const sick = new Sick();
    const refs = [];
    for (const shade of [1, 2, 3, 4])
      refs.push(await sick.media.put(await picture('png', { shade })));
    const [missing, cut, changed, sound] = refs.map(({ sha256 }) => sha256) as [
      string,
      string,
      string,
      string,
    ]; // four were put
    rmSync(sick.media.path(missing));
    truncateSync(sick.media.path(cut), 10);
    const bytes = readFileSync(sick.media.path(changed));
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    writeFileSync(sick.media.path(changed), bytes);
    const changedPath = sick.media.path(changed);

    expect((await sick.whats()).sort()).toEqual(
      [
        `media bad: ${missing}.png: missing`,
        `media bad: ${cut}.png: wrong size`,
        `media bad: ${changed}.png: wrong content`,
      ].sort(),
    );

    const { done, left, rowsFile } = await sick.integrity.repair();
    expect(done).toHaveLength(3);
    expect(left).toEqual([]);
    const rows = JSON.parse(readFileSync(rowsFile ?? '', 'utf8'));
    expect(rows).toHaveLength(3);
    expect(readFileSync(`${changedPath}.damaged`).equals(bytes)).toBe(true);
    expect(sick.media.has(sound)).toBe(true);

    await sick.media.put(await picture('png', { shade: 3 }));
    expect(sick.media.path(changed)).toBe(changedPath);
    expect(await sick.whats()).toEqual([]);
    sick.workspace.dispose();
  });

  it('adopts media that no row speaks of, if they are what their name says', async () => {
    const sick = new Sick();
    const orphan = await storeMediaFile(sick.path, await picture('webp'));
    const folder = join(sick.path, 'media/00');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${'0'.repeat(64)}.png`), 'not what it says');
    const leftOver = join(folder, '.x.png.abc.tmp');
    writeFileSync(leftOver, 'half');
    utimesSync(leftOver, new Date(0), new Date(0));
    writeFileSync(join(folder, '.y.png.abc.tmp'), 'being written now');

    expect(await sick.whats()).toHaveLength(3);
    await sick.integrity.repair();
    expect(sick.media.get(orphan.sha256)).toEqual(orphan);
    expect(sick.media.has('0'.repeat(64))).toBe(false);
    expect(existsSync(leftOver)).toBe(false);
    expect(existsSync(join(folder, '.y.png.abc.tmp'))).toBe(true);
    sick.workspace.dispose();
  });

  it('finds cut databases; the index is made again by who knows how', async () => {
    const sick = new Sick();
    const index = join(sick.path, 'index.sqlite');
    damagedDatabase(index);
    damagedDatabase(join(sick.path, 'datasets/d1/rows.sqlite'));
    writeFileSync(join(sick.path, 'datasets/d1/rows.sqlite'), 'no database at all'.repeat(100));
    const found = await sick.whats();
    expect(found.some((what) => what.startsWith('database bad: index.sqlite: '))).toBe(true);
    expect(found.some((what) => what.startsWith('database bad: datasets/d1/rows.sqlite: '))).toBe(
      true,
    );

    sick.integrity.provideRebuild(async () => {
      rmSync(index);
      openDatabase(index, { synchronous: 'NORMAL' }).close();
    });
    const { done, left } = await sick.integrity.repair();
    expect(done).toEqual(['index.sqlite was made again from the run folders.']);
    expect(left).toHaveLength(1);
    expect(left[0]).toMatchObject({ part: 'database', repair: null });
    sick.workspace.dispose();
  });

  it('finds rows that point at nothing and writes them down before they go', async () => {
    const sick = new Sick();
    sick.db.exec(`
      CREATE TABLE shelf (id INTEGER PRIMARY KEY);
      CREATE TABLE book (title TEXT, shelf INTEGER REFERENCES shelf(id));
    `);
    sick.db.pragma('foreign_keys = OFF');
    sick.db.exec("INSERT INTO book VALUES ('Lost', 7)");
    sick.db.pragma('foreign_keys = ON');
    expect(await sick.whats()).toEqual([
      'database warn: a row of book points at a row of shelf that is gone',
    ]);
    const { rowsFile, left } = await sick.integrity.repair();
    expect(left).toEqual([]);
    expect(JSON.parse(readFileSync(rowsFile ?? '', 'utf8'))).toEqual([
      { table: 'book', row: { title: 'Lost', shelf: 7 } },
    ]);
    sick.workspace.dispose();
  });

  it('finds a schema that lacks something, and hears the rooms', async () => {
    const sick = new Sick();
    sick.db.exec('DROP TABLE setting; ALTER TABLE media DROP COLUMN seconds');
    sick.integrity.define({
      id: 'views',
      check: async () => {
        throw new Error('the disk made a noise');
      },
    });
    expect(await sick.whats(false)).toEqual(
      expect.arrayContaining([
        'schema bad: the table setting is missing',
        'schema bad: the table media lacks seconds',
        'views bad: the disk made a noise',
      ]),
    );
    sick.workspace.dispose();
  });
});
