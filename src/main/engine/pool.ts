/**
 * One warm engine process for short jobs: jobs come in and wait their turn, summaries or typed errors
 * go out. The process starts with the first job, ends when it has been idle for a while, and is
 * replaced after a crash, later each time; three crashes in ten minutes and it stays down until the
 * first of them is that old.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { LabError } from '../../shared/errors.ts';
import type { JobInput, JobName } from '../../shared/protocol/jobs.ts';
import type { JobSummary } from '../../shared/protocol/messages.ts';
import type { JobRunner } from './ask.ts';
import {
  type JobOptions,
  type JobOutcome,
  Supervisor,
  type SupervisorOptions,
} from './supervisor.ts';

export interface PoolOptions {
  readonly supervisor?: SupervisorOptions;
  /** A process without a job ends after this; default 5 minutes. */
  readonly idleMs?: number;
  /** Wait before the process after a crash, doubled for each further one; default 500 ms. */
  readonly backoffMs?: number;
  /** Called when `status()` has changed. */
  readonly onChange?: () => void;
}

export interface PoolStatus {
  /** `down`: it crashed too often and takes no job for now. */
  readonly state: 'off' | 'idle' | 'busy' | 'down';
  readonly job: JobName | undefined;
  readonly waiting: number;
  readonly pid: number | undefined;
}

interface Waiting {
  readonly job: JobName;
  readonly start: () => Promise<void>;
}

/** Minutes of work: what is asked meanwhile does not wait behind them. */
const LONG_JOBS: ReadonlySet<JobName> = new Set<JobName>([
  'bench',
  'dataset-world',
  'demo',
  'dry-run',
  'eval',
  'model-export',
  'train',
]);

const IDLE_MS = 5 * 60_000;
const BACKOFF_MS = 500;
const MOST_CRASHES = 3;
const CRASH_WINDOW_MS = 10 * 60_000;

export class EnginePool implements JobRunner {
  readonly #options: PoolOptions;
  readonly #queue: Waiting[] = [];
  #crashes: number[] = [];
  #engine: Supervisor | undefined;
  #running: Waiting | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #disposed = new AbortController();

  constructor(options: PoolOptions = {}) {
    this.#options = options;
  }

  /**
   * Runs one job when those before it are done; a long one at once, in a process of its own, so that
   * nothing waits for it. Never rejects: see the outcome.
   */
  run<N extends JobName>(job: N, params: JobInput<N>, options: JobOptions): Promise<JobOutcome> {
    return new Promise((resolve) => {
      const signal = AbortSignal.any([
        this.#disposed.signal,
        ...(options.signal === undefined ? [] : [options.signal]),
      ]);
      const leave = (): void => {
        const at = this.#queue.indexOf(entry);
        if (at >= 0) this.#queue.splice(at, 1);
        if (at >= 0) resolve({ kind: 'cancelled' });
      };
      const entry: Waiting = {
        job,
        start: async () => {
          signal.removeEventListener('abort', leave);
          resolve(await this.#runOn(job, params, { ...options, signal }));
        },
      };
      if (signal.aborted) {
        resolve({ kind: 'cancelled' });
        return;
      }
      if (LONG_JOBS.has(job)) {
        resolve(this.#runAlone(job, params, { ...options, signal }));
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(entry);
      this.#next();
    });
  }

  /**
   * As {@link run}, for callers that want the summary.
   * @throws LabError what the job threw, `engine/cancelled`, `engine/crashed`, `engine/out-of-memory`
   */
  async ask<N extends JobName>(
    job: N,
    params: JobInput<N>,
    options: Partial<JobOptions> = {},
  ): Promise<JobSummary> {
    const outcome = await this.run(job, params, { onEvent: () => {}, ...options });
    if (outcome.kind === 'done') return outcome.summary;
    if (outcome.kind === 'failed') throw outcome.error;
    throw new LabError('engine/cancelled', `[${job}] was cancelled`);
  }

  status(): PoolStatus {
    const state =
      this.#running !== undefined
        ? 'busy'
        : this.#isDown()
          ? 'down'
          : this.#engine === undefined
            ? 'off'
            : 'idle';
    return {
      state,
      job: this.#running?.job,
      waiting: this.#queue.length,
      pid: this.#engine?.pid,
    };
  }

  /** Cancels what runs and waits, and ends the process. */
  async dispose(): Promise<void> {
    this.#disposed.abort();
    clearTimeout(this.#idle);
    const engine = this.#engine;
    this.#engine = undefined;
    await engine?.dispose();
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const entry = this.#queue.shift();
    this.#running = entry;
    if (entry === undefined) this.#rest();
    else {
      clearTimeout(this.#idle);
      void entry.start().finally(() => {
        this.#running = undefined;
        this.#next();
      });
    }
    this.#options.onChange?.();
  }

  /** No job: the process may end after a while. */
  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      const engine = this.#engine;
      this.#engine = undefined;
      void engine?.dispose();
      this.#options.onChange?.();
    }, this.#options.idleMs ?? IDLE_MS);
    this.#idle.unref();
  }

  async #runOn<N extends JobName>(
    job: N,
    params: JobInput<N>,
    options: JobOptions & { readonly signal: AbortSignal },
  ): Promise<JobOutcome> {
    try {
      const engine = await this.#ready(options.signal);
      const outcome = await engine.run(job, params, options);
      if (engine.isAlive) return outcome;
      this.#engine = undefined;
      if (options.signal.aborted) return { kind: 'cancelled' };
      if (outcome.kind === 'failed') this.#crashes.push(Date.now());
      return outcome;
    } catch (thrown) {
      if (options.signal.aborted) return { kind: 'cancelled' };
      return { kind: 'failed', error: LabError.from(thrown) };
    }
  }

  async #runAlone<N extends JobName>(
    job: N,
    params: JobInput<N>,
    options: JobOptions,
  ): Promise<JobOutcome> {
    const engine = new Supervisor(this.#options.supervisor);
    const outcome = await engine.run(job, params, options);
    await engine.dispose();
    return outcome;
  }

  async #ready(signal: AbortSignal): Promise<Supervisor> {
    if (this.#engine?.isAlive) return this.#engine;
    if (this.#isDown()) throw down();
    if (this.#crashes.length > 0) {
      const backoff = this.#options.backoffMs ?? BACKOFF_MS;
      await wait(backoff * 2 ** (this.#crashes.length - 1), undefined, { signal });
    }
    signal.throwIfAborted();
    this.#engine = new Supervisor(this.#options.supervisor);
    return this.#engine;
  }

  #isDown(): boolean {
    const since = Date.now() - CRASH_WINDOW_MS;
    this.#crashes = this.#crashes.filter((at) => at > since);
    return this.#crashes.length >= MOST_CRASHES;
  }
}

function down(): LabError {
  return new LabError(
    'engine/crashed',
    `[engine] it ended ${MOST_CRASHES} times in ten minutes and takes no further job for now`,
    { hint: 'rationale doctor checks the engine; it is tried again after ten minutes.' },
  );
}
