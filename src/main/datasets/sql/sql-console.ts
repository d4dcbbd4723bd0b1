/**
 * Read-only SQL over one dataset. Comes in: a statement a person typed. Goes out: a table or a typed
 * error. Every statement has a process of its own that is killed after ten seconds, because SQLite
 * cannot be trusted to stop by itself in the middle of a join.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { LabError, type WireError } from '../../../shared/errors.ts';
import type { SqlTable } from '../../../shared/model/dataset.ts';
import { entryPath } from '../../entries.ts';
import { ROWS_FILE } from '../rows-file.ts';

export interface SqlQuestion {
  readonly file: string;
  readonly sql: string;
  readonly limit: number;
}
export type SqlAnswer = { readonly table: SqlTable } | { readonly error: WireError };

const TIMEOUT_MS = 10_000;
/** Of the heap of the process: a table is at most 10,000 rows, the rest is SQLite's own memory. */
const HEAP_MB = 512;

/** @throws LabError `dataset/sql`, `dataset/sql-timeout` */
export async function runSql(
  datasetFolder: string,
  request: { readonly sql: string; readonly limit: number },
  timeoutMs = TIMEOUT_MS,
): Promise<SqlTable> {
  const child = fork(entryPath('main/datasets/sql/sql-process'), [], {
    execArgv: [...process.execArgv, `--max-old-space-size=${HEAP_MB}`],
    // JSON would make an infinite number null.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const question: SqlQuestion = { file: join(datasetFolder, ROWS_FILE), ...request };
  try {
    const answer = await new Promise<SqlAnswer>((resolve, reject) => {
      const timer = setTimeout(() => reject(tookTooLong(timeoutMs)), timeoutMs);
      child.once('message', (message: SqlAnswer) => {
        clearTimeout(timer);
        resolve(message);
      });
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        reject(
          new LabError('dataset/sql', `[sql] the process ended early (${signal ?? code})`, {
            hint: 'The result was probably too large: ask for fewer columns or rows.',
          }),
        );
      });
      child.once('error', reject);
      child.send(question, () => {});
    });
    if ('error' in answer) throw LabError.fromWire(answer.error);
    return answer.table;
  } finally {
    child.kill('SIGKILL');
  }
}

function tookTooLong(timeoutMs: number): LabError {
  return new LabError(
    'dataset/sql-timeout',
    `[sql] the statement ran for ${timeoutMs / 1000} s and was stopped`,
  );
}
