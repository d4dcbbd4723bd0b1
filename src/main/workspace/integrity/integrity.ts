/**
 * Is everything in the workspace what it should be? Comes in: the parts to look at, those of the rooms
 * included. Goes out: a report of findings, and on request a repair that never loses what a person made:
 * rows that point at nothing are written to a file before they are taken out.
 */
import { join } from 'node:path';
import { LabError } from '../../../shared/errors.ts';
import type { Finding, IntegrityReport, RepairReport } from '../../../shared/model/workspace.ts';
import { writeFileAtomic } from '../../files/atomic.ts';
import type { Database } from '../../storage/database.ts';
import { databasePart } from './database-part.ts';
import { mediaPart } from './media-part.ts';
import { found, type IntegrityPart, type RemovedRow } from './part.ts';
import { schemaPart } from './schema-part.ts';
import { trashPart } from './trash-part.ts';

export class Integrity {
  readonly #workspace: string;
  readonly #parts: IntegrityPart[];
  #rebuildIndex: (() => Promise<void>) | undefined;
  /** A check and a repair at once would see each other's work. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: { readonly db: Database; readonly workspace: string }) {
    const { db, workspace } = options;
    this.#workspace = workspace;
    this.#parts = [
      schemaPart(db),
      databasePart({ db, workspace, rebuildIndex: () => this.#rebuildIndex }),
      mediaPart({ db, workspace }),
      trashPart({ db, workspace }),
    ];
  }

  /** Adds what a room knows how to check. Called when the workspace opens. */
  define(part: IntegrityPart): void {
    if (this.#parts.some(({ id }) => id === part.id)) {
      throw new LabError('internal', `[integrity] two rooms define ${part.id}`);
    }
    this.#parts.push(part);
  }

  /** Says who can delete index.sqlite and fill it again from the run folders. */
  provideRebuild(rebuild: () => Promise<void>): void {
    this.#rebuildIndex = rebuild;
  }

  /** Looks and changes nothing. */
  check({ isFull }: { readonly isFull: boolean }): Promise<IntegrityReport> {
    return this.#inTurn(() => this.#check(isFull));
  }

  repair(): Promise<RepairReport> {
    return this.#inTurn(async () => {
      const done: string[] = [];
      let rowsFile: string | null = null;
      const kept: RemovedRow[] = [];
      const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
      const keep = async (rows: readonly RemovedRow[]): Promise<void> => {
        if (rows.length === 0) return;
        kept.push(...rows);
        rowsFile = join(this.#workspace, 'backups', `removed-rows-${stamp}.json`);
        await writeFileAtomic(rowsFile, `${JSON.stringify(kept, null, 2)}\n`);
      };
      for (const part of this.#parts) done.push(...((await part.repair?.(keep))?.done ?? []));
      const { findings } = await this.#check(false);
      return { done, left: findings, rowsFile };
    });
  }

  async #check(isFull: boolean): Promise<IntegrityReport> {
    const started = performance.now();
    const findings: Finding[] = [];
    const counted: IntegrityReport['counted'] = [];
    for (const part of this.#parts) {
      try {
        const report = await part.check(isFull);
        findings.push(...report.findings);
        for (const [what, count] of Object.entries(report.counted)) counted.push({ what, count });
      } catch (thrown) {
        // One part that cannot even look must not hide what the others see.
        findings.push(found(part.id, 'bad', LabError.from(thrown).message));
      }
    }
    return {
      isSound: findings.every(({ severity }) => severity === 'note'),
      findings,
      counted,
      isFull,
      ms: performance.now() - started,
      checkedAt: new Date().toISOString(),
    };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
