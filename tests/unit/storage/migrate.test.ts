/** Schema steps: every older version is upgraded with its rows, newer ones are refused untouched. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getTableConfig } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/main/storage/database.ts';
import { type Migration, migrate, schemaVersion } from '../../../src/main/storage/migrate.ts';
import { migrations } from '../../../src/main/storage/migrations/index.ts';
import { schema } from '../../../src/main/storage/schema/index.ts';
import { Workspace } from '../../../src/main/workspace/workspace.ts';
import { temporaryFolder } from '../workspace/temporary-folder.ts';

const what = 'workspace.sqlite';
const APPLICATION_ID = 0x52_41_54_49;

/** A workspace as version `version` of the schema left it, with a person's words in it. */
function workspaceOf(version: number): string {
  const path = temporaryFolder();
  const db = openDatabase(join(path, 'workspace.sqlite'), { synchronous: 'FULL' });
  db.pragma(`application_id = ${APPLICATION_ID}`);
  migrate(db, migrations.slice(0, version), { what });
  db.exec(`
    INSERT INTO meta VALUES ('id', 'w1'), ('name', 'Old work'), ('createdAt', '2026-01-01T00:00:00Z');
    INSERT INTO setting VALUES ('theme', '"dark"');
  `);
  db.close();
  return path;
}

describe('migrations of workspace.sqlite', () => {
  it('are listed in the order of their files', () => {
    const folder = join(import.meta.dirname, '../../../src/main/storage/migrations');
    const files = readdirSync(folder).filter((name) => /^\d{4}-/.test(name));
    const names = migrations.map(({ id, name }) => `${String(id).padStart(4, '0')}-${name}.ts`);
    expect(names).toEqual(files.sort());
  });

  it.each(migrations.map(({ id }) => id))(
    'a workspace of version %i opens with what was in it',
    (version) => {
      const path = workspaceOf(version);
      const workspace = Workspace.open({ path, intent: 'open' });
      expect(workspace.info()).toMatchObject({
        id: 'w1',
        name: 'Old work',
        schema: migrations.length,
      });
      expect(workspace.db.prepare('SELECT value FROM setting').pluck().get()).toBe('"dark"');
      expect(workspace.db.pragma('quick_check', { simple: true })).toBe('ok');
      const tables = tablesOf(workspace.db);
      workspace.dispose();

      const fresh = Workspace.open({ path: temporaryFolder() });
      expect(tables).toEqual(tablesOf(fresh.db));
      fresh.dispose();

      const copies = version === migrations.length ? [] : readdirSync(join(path, 'backups'));
      for (const name of copies) {
        const copy = openDatabase(join(path, 'backups', name), {
          synchronous: 'FULL',
          readonly: true,
        });
        expect(schemaVersion(copy)).toBe(version);
        copy.close();
      }
      expect(copies).toHaveLength(version === migrations.length ? 0 : 1);
    },
  );

  it('make exactly the columns that the Drizzle tables name', () => {
    const workspace = Workspace.open({ path: temporaryFolder() });
    for (const { name, columns } of Object.values(schema).map(getTableConfig)) {
      const made = workspace.db
        .prepare<[string], { name: string }>('SELECT name FROM pragma_table_info(?)')
        .all(name);
      expect(made.map((column) => column.name).sort(), name).toEqual(
        columns.map((column) => column.name).sort(),
      );
    }
    workspace.dispose();
  });

  it('refuse a newer file without changing a byte of it', () => {
    const path = workspaceOf(migrations.length);
    const file = join(path, 'workspace.sqlite');
    const db = openDatabase(file, { synchronous: 'FULL' });
    db.pragma(`user_version = ${migrations.length + 1}`);
    db.close();
    const before = readFileSync(file);
    expect(() => Workspace.open({ path })).toThrow(
      expect.objectContaining({ code: 'workspace/invalid' }),
    );
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe('migrate', () => {
  const step = (id: number, up: Migration['up']): Migration => ({ id, name: `step ${id}`, up });
  const first = step(1, (db) => db.exec('CREATE TABLE a (id INTEGER PRIMARY KEY)'));

  it('leaves the file at the step before one that fails', () => {
    const db = openDatabase(':memory:', { synchronous: 'NORMAL' });
    const broken = step(2, (raw) => {
      raw.exec('CREATE TABLE half (x)');
      throw new Error('out of luck');
    });
    expect(() => migrate(db, [first, broken], { what })).toThrow('out of luck');
    expect(schemaVersion(db)).toBe(1);
    expect(tablesOf(db)).toEqual(['a']);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
  });

  it('does not commit a step that leaves rows pointing at nothing', () => {
    const db = openDatabase(':memory:', { synchronous: 'NORMAL' });
    const orphaning = step(2, (raw) =>
      raw.exec('CREATE TABLE b (a INTEGER REFERENCES a(id)); INSERT INTO b VALUES (7)'),
    );
    expect(() => migrate(db, [first, orphaning], { what })).toThrow(
      expect.objectContaining({ code: 'workspace/corrupt' }),
    );
    expect(schemaVersion(db)).toBe(1);
  });

  it('does not start with a list that has a gap', () => {
    const db = openDatabase(':memory:', { synchronous: 'NORMAL' });
    expect(() => migrate(db, [first, step(3, () => {})], { what })).toThrow('id 3');
    expect(schemaVersion(db)).toBe(0);
  });
});

function tablesOf(db: ReturnType<typeof openDatabase>): unknown[] {
  return db
    .prepare("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all();
}
