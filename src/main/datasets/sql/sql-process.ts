/**
 * The process that runs statements a person typed, one at a time. Comes in: a message with the file, the
 * text and a limit. Goes out: a message with the table or the error. The connection is read-only,
 * nothing can be attached or loaded, and main kills the process when it takes too long.
 */
import { LabError } from '../../../shared/errors.ts';
import type { Scalar, SqlTable } from '../../../shared/model/dataset.ts';
import { type Database, openDatabase } from '../../storage/database.ts';
import type { SqlAnswer, SqlQuestion } from './sql-console.ts';

/** Longest text of a cell that is sent to a window. */
const CELL_CHARS = 10_000;

process.on('message', (question: SqlQuestion) => {
  process.send?.(answerTo(question));
});

function answerTo({ file, sql, limit }: SqlQuestion): SqlAnswer {
  let db: Database | undefined;
  try {
    // A connection per statement: nothing that one does reaches the next.
    db = openDatabase(file, { synchronous: 'NORMAL', readonly: true });
    // First, as it drops what is temporary.
    db.pragma('temp_store = MEMORY');
    nameColumns(db);
    db.pragma('query_only = ON');
    db.pragma('trusted_schema = OFF');
    return { table: run(db, sql, limit) };
  } catch (thrown) {
    const { stack: _, ...error } = sqlError(thrown, sql).toWire();
    return { error };
  } finally {
    db?.close();
  }
}

/** `rows_named`: the rows with their columns by the names a person knows; lives with the connection. */
function nameColumns(db: Database): void {
  const plain = ['row', 'key', 'prompt', 'answer', 'image_count'];
  const taken = new Set(plain);
  // What rows-file.ts writes into this table.
  const columns = db.prepare('SELECT name, title FROM columns ORDER BY position').all() as {
    name: string;
    title: string;
  }[];
  const named = columns.map(({ name, title }) => {
    const free = taken.has(title.toLowerCase()) ? `${title}_${name}` : title;
    taken.add(free.toLowerCase());
    return `"${name}" AS "${free.replaceAll('"', '""')}"`;
  });
  db.exec(`CREATE TEMP VIEW rows_named AS SELECT ${[...plain, ...named].join(', ')} FROM rows`);
}

function run(db: Database, sql: string, limit: number): SqlTable {
  const started = performance.now();
  // More than one statement does not compile.
  const statement = db.prepare(sql);
  if (!statement.reader || /^\s*(pragma|attach|detach|vacuum)\b/i.test(withoutComments(sql))) {
    throw new LabError('dataset/sql', '[sql] expected one SELECT; this statement returns no rows', {
      hint: 'The console reads; edits are made by import, tags and views.',
    });
  }
  statement.raw();
  const columns = statement.columns().map(({ name }) => name);
  const rows: Scalar[][] = [];
  let isCut = false;
  // Raw rows are arrays of what SQLite stores.
  for (const row of statement.iterate() as IterableIterator<unknown[]>) {
    if (rows.length === limit) {
      isCut = true;
      break;
    }
    rows.push(row.map(cellOf));
  }
  return { columns, rows, isCut, ms: performance.now() - started };
}

function cellOf(value: unknown): Scalar {
  if (typeof value === 'string') return value.slice(0, CELL_CHARS);
  if (typeof value === 'number' || value === null) return value;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return String(value);
}

function withoutComments(sql: string): string {
  return sql.replace(/\/\*[\s\S]*?(\*\/|$)/g, ' ').replace(/--[^\n]*/g, ' ');
}

/** With the place that the message names, where it names one. */
function sqlError(thrown: unknown, sql: string): LabError {
  if (thrown instanceof LabError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const near =
    /near "((?:[^"]|"")+)"/.exec(message)?.[1] ?? /no such \w+: (\S+)/.exec(message)?.[1];
  const found = near === undefined ? -1 : sql.indexOf(near);
  const position = found >= 0 ? found : /incomplete input/.test(message) ? sql.length : undefined;
  const place = position === undefined ? '' : ` (${lineOf(sql, position)})`;
  return new LabError('dataset/sql', `[sql] ${message}${place}`, {
    details: position === undefined ? {} : { position },
    cause: thrown,
  });
}

function lineOf(sql: string, position: number): string {
  const before = sql.slice(0, position).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
