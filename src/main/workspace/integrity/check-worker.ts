/**
 * Worker thread: paths of database files come in, what SQLite finds wrong with each goes out. A file of
 * a dataset can hold gigabytes; unless everything is asked for, only its header and tables are read.
 */
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { LabError } from '../../../shared/errors.ts';
import { openDatabase, typed } from '../../storage/database.ts';

const task = z.object({ paths: z.array(z.string()), isFull: z.boolean() });

const { paths, isFull } = task.parse(workerData);
parentPort?.postMessage(paths.map((path) => ({ path, problems: problemsOf(path, isFull) })));

function problemsOf(path: string, isEverything: boolean): string[] {
  try {
    const db = openDatabase(path, { synchronous: 'NORMAL', readonly: true });
    try {
      return typed(path, () => {
        if (!isEverything && basename(path) === 'rows.sqlite') {
          db.prepare('SELECT count(*) FROM sqlite_master').get();
          return [];
        }
        const rows = z
          .array(z.object({ quick_check: z.string() }))
          .parse(db.pragma('quick_check(20)'));
        return rows.map((row) => row.quick_check).filter((line) => line !== 'ok');
      });
    } finally {
      db.close();
    }
  } catch (thrown) {
    return [LabError.from(thrown).message];
  }
}
