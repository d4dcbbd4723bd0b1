/**
 * The files of one run, written by the engine and by nothing else: `run.json` frozen at the start,
 * `events.jsonl` and `metrics.jsonl` append-only, rollouts and checkpoints by step. Kill the process
 * at any moment: every line that `append...` returned for is there, and what was being written is not.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { PRODUCT_VERSION } from '../../shared/product.ts';
import type { RunEvent, RunRecord } from '../../shared/run.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { makeFolder } from '../files/make-folder.ts';
import { JsonLinesWriter } from './json-lines.ts';
import { type RunLock, takeLock } from './lock.ts';
import { readEvents, readRunRecord, resolveRunId, stepName } from './read.ts';

export interface NewRun {
  /** Recipe id; becomes part of the folder's name. */
  readonly recipe: string;
  readonly seed: number;
  /** Everything a resume needs. */
  readonly config: JsonObject;
}

export class RunFolder {
  readonly record: RunRecord;
  /** Absolute or as given: base folder / id. */
  readonly path: string;
  readonly #lock: RunLock;
  readonly #events: JsonLinesWriter;
  readonly #metrics: JsonLinesWriter;
  #nextSeq: number;

  private constructor(path: string, record: RunRecord, lock: RunLock) {
    this.path = path;
    this.record = record;
    this.#lock = lock;
    this.#events = new JsonLinesWriter(join(path, 'events.jsonl'));
    this.#metrics = new JsonLinesWriter(join(path, 'metrics.jsonl'));
    this.#nextSeq = (readEvents(path).at(-1)?.seq ?? -1) + 1;
  }

  get id(): string {
    return this.record.id;
  }

  /**
   * Makes a new run folder below `base`, locks it and freezes its configuration. The id is a
   * readable time, the recipe and the seed: `20261125-154425-grpo-s1`.
   * @throws LabError `file/write-failed` where the base folder cannot be written.
   */
  static async create(base: string, run: NewRun): Promise<RunFolder> {
    const createdAt = new Date();
    const id = claimFolder(base, run, createdAt);
    const path = join(base, id);
    const record: RunRecord = {
      format: 1,
      id,
      recipe: run.recipe,
      seed: run.seed,
      createdAt: createdAt.toISOString(),
      version: PRODUCT_VERSION,
      config: run.config,
    };
    const lock = takeLock(path);
    mkdirSync(join(path, 'rollouts'));
    mkdirSync(join(path, 'checkpoints'));
    // Last: a folder without run.json is no run yet.
    await writeFileAtomic(join(path, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
    return new RunFolder(path, record, lock);
  }

  /**
   * Opens an existing run for writing (resume). Torn last lines are cut off.
   * @param id a run id, a unique beginning of one, or `latest`.
   * @throws LabError `run/missing`, `run/locked`, `file/corrupt`.
   */
  static open(base: string, id: string): RunFolder {
    const path = join(base, resolveRunId(base, id));
    const record = readRunRecord(path);
    return new RunFolder(path, record, takeLock(path));
  }

  /**
   * Appends one event and waits for the disk: when this returns, the event is acknowledged. Metrics
   * appended before it are on disk as well.
   */
  appendEvent(kind: string, data: JsonObject = {}): RunEvent {
    const event: RunEvent = { seq: this.#nextSeq, at: new Date().toISOString(), kind, data };
    this.#metrics.sync();
    this.#events.append(event, { isDurable: true });
    this.#nextSeq++;
    return event;
  }

  /** Appends metrics of one step; what was told of it before stays where this says nothing. */
  appendMetrics(step: number, values: Readonly<Record<string, number>>): void {
    this.#metrics.append({ step, at: Date.now(), values });
  }

  /** Writes the rollouts of one step, one JSON line each; the file appears whole or not at all. */
  async writeRollouts(step: number, rows: readonly object[]): Promise<void> {
    const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await writeFileAtomic(join(this.path, 'rollouts', `${stepName(step)}.jsonl`), text);
  }

  /** Writes what an evaluation found. @returns its path */
  async writeEvaluation(step: number, record: object): Promise<string> {
    const folder = join(this.path, 'evaluations');
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${stepName(step)}.json`);
    await writeFileAtomic(path, `${JSON.stringify(record)}\n`);
    return path;
  }

  hasEvaluation(step: number): boolean {
    return existsSync(join(this.path, 'evaluations', `${stepName(step)}.json`));
  }

  /** Where the checkpoint of a step belongs; its writer creates the folder atomically. */
  checkpointPath(step: number): string {
    return join(this.path, 'checkpoints', stepName(step));
  }

  /** Closes the files and releases the lock. */
  dispose(): void {
    this.#events.dispose();
    this.#metrics.dispose();
    this.#lock.release();
  }
}

/** Creates a folder nobody has yet and returns its name. */
function claimFolder(base: string, run: NewRun, time: Date): string {
  const stamp = time.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const recipe =
    run.recipe
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'run';
  const name = `${stamp}-${recipe}-s${run.seed}`;
  try {
    makeFolder(base);
    for (let attempt = 1; ; attempt++) {
      const id = attempt === 1 ? name : `${name}-${attempt}`;
      try {
        mkdirSync(join(base, id));
        return id;
      } catch (cause) {
        if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
      }
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('file/write-failed', `[run] cannot create a run below ${base}: ${reason}`, {
      hint: 'Choose another folder with --runs DIR.',
      cause,
    });
  }
}
