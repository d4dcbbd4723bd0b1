/**
 * The end of an import. Comes in: a filled rows.sqlite. Goes out: the same with its search index
 * merged, its statistics taken and its columns called by what they turned out to hold.
 */
import type { Database } from '../../storage/database.ts';
import { closeBulk, readColumns, writeMeta } from '../rows-file.ts';

/** Rows looked at to tell names from classes. */
const LOOKED_AT = 20_000;
/** A column with more different values than this, most of them once, is text and no category. */
const MAX_CLASSES = 1000;

export function finishRows(db: Database, counts: { rows: number; badRows: number }): void {
  nameKinds(db);
  db.exec('CREATE INDEX IF NOT EXISTS rows_key ON rows(key)');
  // One segment is what makes a search over a million rows quick.
  db.exec("INSERT INTO search(search) VALUES ('optimize')");
  db.exec('ANALYZE');
  writeMeta(db, 'rows', counts.rows);
  writeMeta(db, 'badRows', counts.badRows);
  writeMeta(db, 'state', 'finished');
  closeBulk(db);
}

function nameKinds(db: Database): void {
  const change = db.prepare('UPDATE columns SET kind = ? WHERE name = ?');
  const columns = readColumns(db);
  const numbers = columns.filter(({ kind }) => kind === 'number').map(({ name }) => name);
  for (const name of withText(db, numbers)) change.run('category', name);
  for (const { name, kind } of columns) {
    if (kind === 'category' && isMostlyDifferent(db, name)) change.run('text', name);
  }
}

/** Those of the columns that hold a text somewhere; one pass over the rows for all of them. */
function withText(db: Database, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const looks = names.map((name) => `max(typeof(${name}) = 'text')`).join(', ');
  // One number per column, as the statement says.
  const found = db.prepare(`SELECT ${looks} FROM rows`).raw().get() as (number | null)[];
  return names.filter((_, i) => found[i] === 1);
}

function isMostlyDifferent(db: Database, name: string): boolean {
  const [distinct, filled] = db
    .prepare(
      `SELECT count(DISTINCT ${name}), count(${name}) FROM (SELECT ${name} FROM rows LIMIT ${LOOKED_AT})`,
    )
    .raw()
    // Two counts, as the statement says.
    .get() as [number, number];
  return distinct > MAX_CLASSES && distinct * 2 > filled;
}
