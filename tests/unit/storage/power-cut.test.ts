/**
 * A power cut leaves the database and any beginning of its write-ahead log. Whatever the beginning,
 * the database opens sound and holds the first so many transactions, whole.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/main/storage/database.ts';
import { temporaryFolder } from '../workspace/temporary-folder.ts';

const TRANSACTIONS = 12;

describe('a write-ahead log that ends anywhere', () => {
  it('gives a prefix of what was committed', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'x.sqlite');
    const db = openDatabase(path, { synchronous: 'FULL' });
    db.exec('CREATE TABLE pair (n INTEGER, side TEXT, words TEXT)');
    db.pragma('wal_checkpoint(TRUNCATE)');
    const insert = db.prepare('INSERT INTO pair VALUES (?, ?, ?)');
    for (let n = 1; n <= TRANSACTIONS; n += 1) {
      db.transaction(() => {
        for (const side of ['left', 'right']) insert.run(n, side, `${n}`.repeat(3000));
      })();
    }
    // As it lies on the disk, with nothing told to SQLite.
    const base = readFileSync(path);
    const log = readFileSync(`${path}-wal`);
    db.close();

    const counts = new Set<number>();
    for (let end = 0; end <= log.length; end += 1361) {
      const torn = join(folder, `cut-${end}`);
      mkdirSync(torn);
      const file = join(torn, 'x.sqlite');
      writeFileSync(file, base);
      writeFileSync(`${file}-wal`, log.subarray(0, end));
      counts.add(pairsIn(file));
    }
    counts.add(TRANSACTIONS);
    expect([...counts]).toEqual(Array.from({ length: TRANSACTIONS + 1 }, (_, n) => n));
  });

  it('ignores a torn page in the middle and what follows it', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'x.sqlite');
    const db = openDatabase(path, { synchronous: 'FULL' });
    db.exec('CREATE TABLE pair (n INTEGER, side TEXT, words TEXT)');
    db.pragma('wal_checkpoint(TRUNCATE)');
    for (let n = 1; n <= 3; n += 1) {
      db.prepare("INSERT INTO pair VALUES (?, 'left', 'a'), (?, 'right', 'a')").run(n, n);
    }
    const copy = join(folder, 'copy.sqlite');
    copyFileSync(path, copy);
    const log = readFileSync(`${path}-wal`);
    db.close();
    log.fill(0xaa, Math.floor(log.length / 2), Math.floor(log.length / 2) + 512);
    writeFileSync(`${copy}-wal`, log);
    expect(pairsIn(copy)).toBeLessThan(3);
  });
});

/** @returns how many transactions are there, having checked that they are the first ones and whole. */
function pairsIn(path: string): number {
  const db = openDatabase(path, { synchronous: 'FULL' });
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  const numbers = db.prepare<[], number>('SELECT n FROM pair ORDER BY rowid').pluck().all();
  db.close();
  expect(numbers).toEqual(numbers.map((_, index) => Math.floor(index / 2) + 1));
  expect(numbers.length % 2).toBe(0);
  return numbers.length / 2;
}
