/**
 * Read-only SQL over one dataset. Comes in: a statement a person typed. Goes out: a table or a typed
 * error. Statements run one after the other in a process of their own that is killed when one takes
 * longer than ten seconds, because SQLite does not stop by itself in the middle of a join.
 */
import { type ChildProcess, fork } from 'node:child_process';
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
/** An idle process goes. */
const IDLE_MS = 60_000;
/** Of the heap of the process: a table is at most 10,000 rows, the rest is SQLite's own memory. */
const HEAP_MB = 512;

export class SqlConsole {
  readonly #timeoutMs: number;
  #child: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(timeoutMs = TIMEOUT_MS) {
    this.#timeoutMs = timeoutMs;
  }

  /** @throws LabError `dataset/sql`, `dataset/sql-timeout` */
  run(
    datasetFolder: string,
    request: { readonly sql: string; readonly limit: number },
  ): Promise<SqlTable> {
    const { sql, limit } = request;
    const question: SqlQuestion = { file: join(datasetFolder, ROWS_FILE), sql, limit };
    const answer = this.#last.then(() => this.#ask(question));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  dispose(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #ask(question: SqlQuestion): Promise<SqlTable> {
    clearTimeout(this.#idle);
    this.#child ??= start();
    const child = this.#child;
    try {
      const answer = await new Promise<SqlAnswer>((resolve, reject) => {
        const timer = setTimeout(() => reject(tookTooLong(this.#timeoutMs)), this.#timeoutMs);
        const finish = (act: () => void): void => {
          clearTimeout(timer);
          child.removeAllListeners();
          act();
        };
        child.once('message', (message: SqlAnswer) => finish(() => resolve(message)));
        child.once('exit', (code, signal) => finish(() => reject(endedEarly(signal ?? code))));
        child.once('error', (error) => finish(() => reject(error)));
        child.send(question, () => {});
      });
      this.#idle = setTimeout(() => this.dispose(), IDLE_MS).unref();
      if ('error' in answer) throw LabError.fromWire(answer.error);
      return answer.table;
    } catch (thrown) {
      // Only an answer leaves a process behind that can be asked again.
      if (
        !(thrown instanceof LabError) ||
        thrown.code !== 'dataset/sql' ||
        child.exitCode !== null
      ) {
        this.dispose();
      }
      throw thrown;
    }
  }
}

function start(): ChildProcess {
  return fork(entryPath('main/datasets/sql/sql-process'), [], {
    execArgv: [...process.execArgv, `--max-old-space-size=${HEAP_MB}`],
    // JSON would make an infinite number null.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

function tookTooLong(timeoutMs: number): LabError {
  return new LabError(
    'dataset/sql-timeout',
    `[sql] the statement ran for ${timeoutMs / 1000} s and was stopped`,
  );
}

function endedEarly(how: string | number | null): LabError {
  return new LabError('dataset/sql-timeout', `[sql] the process ended early (${how})`, {
    hint: 'The result was probably too large: ask for fewer columns or rows.',
  });
}
