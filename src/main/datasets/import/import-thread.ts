/**
 * A worker thread for foreign files. Comes in: jobs. Goes out: their results, one job after the other.
 * The thread is started when it is first needed; what crashes or hangs in it ends it and not the app.
 */
import { Worker } from 'node:worker_threads';
import { LabError } from '../../../shared/errors.ts';
import type { ImportProgress } from '../../../shared/model/import.ts';
import type { MediaRef } from '../../../shared/model/media.ts';
import { entryPath } from '../../entries.ts';
import { BEAT, CANCEL, type WorkerJob, type WorkerMessage } from './worker-messages.ts';

export interface JobHooks {
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly onMedia?: (media: MediaRef[]) => void | Promise<void>;
}

export type JobResult = Extract<WorkerMessage, { kind: 'done' }>['value'];

export interface ThreadLimits {
  /** Time after which a job is given up and the thread ended. */
  readonly jobMs?: number;
  /** Time without a sign of life (`beat` of the job) after which it is given up. */
  readonly stallMs?: number;
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
    this.#worker ??= new Worker(entryPath('main/datasets/import/import-worker'), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const watch = new Watch(job, this.#limits);
    try {
      return await answerOf(this.#worker, job, hooks, watch);
    } catch (thrown) {
      // A thread that did not answer is in an unknown state.
      if (!(thrown instanceof JobError)) {
        await this.dispose();
        throw thrown;
      }
      throw thrown.error;
    } finally {
      watch.dispose();
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
  watch: Watch,
): Promise<JobResult> {
  worker.ref();
  const waiting: Promise<void>[] = [];
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
      watch.start(reject);
    });
  } finally {
    for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
  }
}

async function registered(hooks: JobHooks, media: MediaRef[]): Promise<void> {
  await hooks.onMedia?.(media);
}

/** Gives a job up that takes too long, shows no sign of life, or does not stop when it is asked to. */
class Watch {
  readonly #job: WorkerJob;
  readonly #limits: ThreadLimits;
  #timer: NodeJS.Timeout | undefined;

  constructor(job: WorkerJob, limits: ThreadLimits) {
    this.#job = job;
    this.#limits = limits;
  }

  start(giveUp: (error: LabError) => void): void {
    const { jobMs = Number.POSITIVE_INFINITY, stallMs = Number.POSITIVE_INFINITY } = this.#limits;
    const began = performance.now();
    const state = this.#job.kind === 'import' ? new Int32Array(this.#job.state) : null;
    let beat = 0;
    let beatAt = began;
    let askedAt = Number.POSITIVE_INFINITY;
    this.#timer = setInterval(() => {
      const now = performance.now();
      const next = state === null ? 0 : Atomics.load(state, BEAT);
      if (next !== beat) [beat, beatAt] = [next, now];
      if (state !== null && Atomics.load(state, CANCEL) === 1) askedAt = Math.min(askedAt, now);
      const limit = state === null ? jobMs : stallMs;
      const isStuck = now - (state === null ? began : beatAt) > limit || now - askedAt > GRACE_MS;
      if (isStuck) {
        giveUp(
          new LabError('file/unsafe', '[import] the reader is stuck in this file and was ended'),
        );
      }
    }, WATCH_MS);
  }

  dispose(): void {
    clearInterval(this.#timer);
  }
}

const WATCH_MS = 250;
/** A damaged file may claim to hold billions of things: its thread then ends and not the app. */
const HEAP_MB = 2048;
/** How long an import may take to its next batch after it was asked to stop. */
const GRACE_MS = 20_000;
/** The longest pause between two rows of an honest file, on a machine that is busy otherwise. */
export const STALL_MS = 180_000;

/** Sniffing and previews read a few rows; what takes longer is a file made to take long. */
const LOOK_MS = 60_000;
/** A mapping screen asks again with every change. */
const IDLE_MS = 120_000;

/** The one thread that looks at sources. */
export const lookThread = new ImportThread({ jobMs: LOOK_MS, idleMs: IDLE_MS });
