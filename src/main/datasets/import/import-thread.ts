/**
 * A worker thread for foreign files. Comes in: jobs. Goes out: their results, one job after the other.
 * The thread is started when it is first needed; what crashes or hangs in it ends it and not the app.
 */
import { Worker } from 'node:worker_threads';
import { LabError } from '../../../shared/errors.ts';
import type { ImportProgress } from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import { entryPath } from '../../entries.ts';
import type { WorkerJob, WorkerMessage } from './worker-messages.ts';

export interface JobHooks {
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly onMedia?: (media: MediaRef[]) => void | Promise<void>;
}

export type JobResult = Extract<WorkerMessage, { kind: 'done' }>['value'];

export interface ThreadLimits {
  /** Time after which a job is given up and the thread ended. */
  readonly jobMs?: number;
  /** How long an idle thread stays. */
  readonly idleMs?: number;
}

export class ImportThread {
  readonly #limits: ThreadLimits;
  #worker: Worker | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(limits: ThreadLimits = {}) {
    this.#limits = limits;
  }

  /** Runs a job after those before it. @throws LabError that the job threw, `file/unsafe` at the limit */
  async run(job: WorkerJob, hooks: JobHooks = {}): Promise<JobResult> {
    const result = this.#last.then(() => this.#run(job, hooks));
    this.#last = result.catch(() => {});
    return await result;
  }

  /** Ends the thread; a later job starts another one. */
  async dispose(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  async #run(job: WorkerJob, hooks: JobHooks): Promise<JobResult> {
    clearTimeout(this.#idle);
    this.#worker ??= new Worker(entryPath('main/datasets/import/import-worker'));
    try {
      return await answerOf(this.#worker, job, hooks, this.#limits.jobMs);
    } catch (thrown) {
      // A thread that did not answer is in an unknown state.
      if (!(thrown instanceof JobError)) {
        await this.dispose();
        throw thrown;
      }
      throw thrown.error;
    } finally {
      const { idleMs } = this.#limits;
      if (idleMs !== undefined) {
        this.#worker?.unref();
        this.#idle = setTimeout(() => void this.dispose(), idleMs).unref();
      }
    }
  }
}

/** What a job answered with, told apart from a thread that broke. */
class JobError extends Error {
  readonly error: LabError;

  constructor(error: LabError) {
    super(error.message);
    this.error = error;
  }
}

async function answerOf(
  worker: Worker,
  job: WorkerJob,
  hooks: JobHooks,
  limitMs: number | undefined,
): Promise<JobResult> {
  worker.ref();
  const waiting: Promise<void>[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<JobResult>((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if (message.kind === 'progress') hooks.onProgress?.(message.progress);
        else if (message.kind === 'media') waiting.push(registered(hooks, message.media));
        else if (message.kind === 'failed') reject(new JobError(LabError.fromWire(message.error)));
        else Promise.all(waiting).then(() => resolve(message.value), reject);
      });
      worker.on('error', (error) => reject(LabError.from(error)));
      worker.on('exit', (code) => {
        reject(new LabError('internal', `[import] the thread ended with ${code}`));
      });
      worker.postMessage(job);
      if (limitMs === undefined) return;
      timer = setTimeout(() => {
        reject(new LabError('file/unsafe', `[import] the first rows took more than ${limitMs} ms`));
      }, limitMs);
    });
  } finally {
    clearTimeout(timer);
    for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
  }
}

async function registered(hooks: JobHooks, media: MediaRef[]): Promise<void> {
  await hooks.onMedia?.(media);
}

/** Sniffing and previews read a few rows; what takes longer is a file made to take long. */
const LOOK_MS = 60_000;
/** A mapping screen asks again with every change. */
const IDLE_MS = 120_000;

/** The one thread that looks at sources. */
export const lookThread = new ImportThread({ jobMs: LOOK_MS, idleMs: IDLE_MS });
