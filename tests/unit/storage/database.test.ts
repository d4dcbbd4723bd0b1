/** Database files: how they are opened, and what damage is called. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase, typed } from '../../../src/main/storage/database.ts';
import { temporaryFolder } from '../workspace/temporary-folder.ts';

describe('openDatabase', () => {
  it('makes the folder and opens in WAL mode with foreign keys', () => {
    const path = join(temporaryFolder(), 'a/b/x.sqlite');
    const db = openDatabase(path, { synchronous: 'FULL' });
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    db.close();
  });

  it('says that a file to read is missing, and makes none', () => {
    const path = join(temporaryFolder(), 'x.sqlite');
    expect(() => openDatabase(path, { synchronous: 'NORMAL', readonly: true })).toThrow(
      expect.objectContaining({ code: 'file/missing' }),
    );
  });

  it('does not write through a readonly handle', () => {
    const path = join(temporaryFolder(), 'x.sqlite');
    openDatabase(path, { synchronous: 'FULL' }).exec('CREATE TABLE t (a)').close();
    const db = openDatabase(path, { synchronous: 'FULL', readonly: true });
    expect(() => typed(path, () => db.exec('INSERT INTO t VALUES (1)'))).toThrow(
      expect.objectContaining({ code: 'file/write-failed' }),
    );
    db.close();
  });

  it('calls a file of something else corrupt and leaves it alone', () => {
    const path = join(temporaryFolder(), 'x.sqlite');
    writeFileSync(path, 'this is no database, but long enough to have a header'.repeat(100));
    const before = readFileSync(path);
    expect(() => openDatabase(path, { synchronous: 'FULL' })).toThrow(
      expect.objectContaining({ code: 'workspace/corrupt' }),
    );
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('calls a truncated file corrupt when it is read', () => {
    const path = join(temporaryFolder(), 'x.sqlite');
    const db = openDatabase(path, { synchronous: 'FULL' });
    db.exec('CREATE TABLE t (a)');
    const insert = db.prepare('INSERT INTO t VALUES (?)');
    db.transaction(() => {
      for (let n = 0; n < 2000; n += 1) insert.run(`row ${n}`.padEnd(100));
    })();
    db.close();
    truncateSync(path, 20_000);
    expect(() => {
      const cut = openDatabase(path, { synchronous: 'FULL' });
      try {
        typed(path, () => cut.prepare('SELECT sum(length(a)) FROM t').get());
      } finally {
        cut.close();
      }
    }).toThrow(expect.objectContaining({ code: 'workspace/corrupt' }));
  });
});
