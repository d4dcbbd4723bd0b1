/**
 * Are the database files sound? Every page of workspace.sqlite, index.sqlite and, on a full check, of
 * each dataset is read in a worker thread, so that windows keep answering; foreign keys are checked here.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { jsonObject } from '../../../shared/json.ts';
import type { Finding } from '../../../shared/model/workspace.ts';
import { entryPath } from '../../entries.ts';
import type { Database } from '../../storage/database.ts';
import { found, type IntegrityPart, type RemovedRow } from './part.ts';

const PART = 'database';

/** As `PRAGMA foreign_key_check` answers. */
const dangling = z.object({
  table: z.string(),
  rowid: z.number().nullable(),
  parent: z.string(),
});
const verdicts = z.array(z.object({ path: z.string(), problems: z.array(z.string()) }));

interface DatabasePartOptions {
  readonly db: Database;
  readonly workspace: string;
  /** Deletes index.sqlite and fills it again; undefined = no room offers that. */
  readonly rebuildIndex: () => (() => Promise<void>) | undefined;
}

export function databasePart(options: DatabasePartOptions): IntegrityPart {
  const { db, workspace } = options;
  const index = join(workspace, 'index.sqlite');
  return {
    id: PART,
    async check(isFull) {
      const paths = [join(workspace, 'workspace.sqlite'), index, ...datasetFiles(workspace)].filter(
        existsSync,
      );
      const checked = await quickCheck(paths, isFull);
      const findings: Finding[] = checked.flatMap(({ path, problems }) => {
        const name = relative(workspace, path);
        return problems.map((problem) =>
          found(PART, 'bad', `${name}: ${problem}`, { path, repair: wayOut(path === index) }),
        );
      });
      for (const { table, parent } of danglingRows(db)) {
        findings.push(
          found(PART, 'warn', `a row of ${table} points at a row of ${parent} that is gone`, {
            repair: 'The row is written to a file in backups and taken out.',
          }),
        );
      }
      return { findings, counted: { databases: paths.length } };
    },
    async repair(keep) {
      const done: string[] = [];
      const removed = danglingRows(db).flatMap((row) => rowOf(db, row));
      await keep(removed);
      if (removed.length > 0) {
        removeRows(db);
        done.push(`${removed.length} rows that pointed at nothing were taken out.`);
      }
      const rebuild = options.rebuildIndex();
      const [verdict] = existsSync(index) ? await quickCheck([index], true) : [];
      if (rebuild !== undefined && verdict !== undefined && verdict.problems.length > 0) {
        await rebuild();
        done.push('index.sqlite was made again from the run folders.');
      }
      return { done, removed };
    },
  };

  function wayOut(isIndex: boolean): string | null {
    if (!isIndex) return null;
    const when = options.rebuildIndex() === undefined ? ' when the workspace is opened next' : '';
    return `It is made again from the run folders${when}; nothing is lost.`;
  }
}

function datasetFiles(workspace: string): string[] {
  const folder = join(workspace, 'datasets');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((id) => join(folder, id, 'rows.sqlite'));
}

/** Reads every page (or, of datasets, only the header and the tables) in a thread of its own. */
async function quickCheck(
  paths: readonly string[],
  isFull: boolean,
): Promise<z.infer<typeof verdicts>> {
  const worker = new Worker(entryPath('main/workspace/integrity/check-worker'), {
    workerData: { paths, isFull },
  });
  try {
    return await new Promise((resolve, reject) => {
      worker.once('message', (message) => resolve(verdicts.parse(message)));
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the check ended without an answer')));
    });
  } finally {
    await worker.terminate();
  }
}

function danglingRows(db: Database): z.infer<typeof dangling>[] {
  return z.array(dangling).parse(db.pragma('foreign_key_check'));
}

/** The row itself, for the file; a table without row ids has no name for it. */
function rowOf(db: Database, { table, rowid }: z.infer<typeof dangling>): RemovedRow[] {
  if (rowid === null) return [];
  const row = db.prepare(`SELECT * FROM ${quoted(table)} WHERE rowid = ?`).get(rowid);
  const parsed = jsonObject.safeParse(row);
  return parsed.success ? [{ table, row: parsed.data }] : [];
}

function removeRows(db: Database): void {
  db.transaction(() => {
    for (const { table, rowid } of danglingRows(db)) {
      if (rowid !== null) db.prepare(`DELETE FROM ${quoted(table)} WHERE rowid = ?`).run(rowid);
    }
  })();
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
