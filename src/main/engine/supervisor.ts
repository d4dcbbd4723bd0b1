/**
 * Starts an engine process and watches it: a job name and parameters come in, its events and its
 * outcome go out. An engine that ends by itself in the middle of a job is a crash, told with the last
 * lines of its stderr; cancelling is asked for first and enforced after a grace period.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type ErrorCode, LabError, type WireError } from '../../shared/errors.ts';
import { parseOrThrow } from '../../shared/parse.ts';
import type { ControlCommand } from '../../shared/protocol/control.ts';
import type { JobInput, JobName } from '../../shared/protocol/jobs.ts';
import {
  type EngineMessage,
  engineMessage,
  type HostMessage,
  type JobEvent,
  type JobSummary,
  PROTOCOL_VERSION,
} from '../../shared/protocol/messages.ts';
import { entryPath } from '../entries.ts';
import { LineTail } from './line-tail.ts';

export type JobOutcome =
  | { readonly kind: 'done'; readonly summary: JobSummary }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: LabError };

export interface JobOptions {
  readonly onEvent: (event: JobEvent) => void;
  /** Abort once to ask the job to stop. */
  readonly signal?: AbortSignal;
}

export interface SupervisorOptions {
  /** Module that serves as the engine; tests name their own. */
  readonly entry?: string;
  /** How long a cancelled job may take to reach a safe point before it is killed. */
  readonly graceMs?: number;
  /** Silence after which the person is told that the engine does not answer. */
  readonly silenceMs?: number;
  /** Receives every line the engine writes to stdout or stderr. */
  readonly onOutput?: (line: string) => void;
}

const ENTRY = entryPath('engine/index');
const GRACE_MS = 20_000;
/** A long kernel blocks the heartbeat without being wrong: warn late, never kill. */
const SILENCE_MS = 120_000;
/** How long the last output may take to arrive after the end of the process. */
const CLOSE_MS = 1000;
const KEPT_LINES = 200;

export class Supervisor {
  readonly #child: ChildProcess;
  readonly #tail: LineTail;
  readonly #graceMs: number;
  readonly #silenceMs: number;
  readonly #ready: Promise<void>;
  readonly #waiting = new Map<string, PromiseWithResolvers<{ readonly step: number }>>();
  #killedByUs = false;
  #isRunning = false;
  /** When a cancelled job is killed. */
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: SupervisorOptions = {}) {
    this.#graceMs = options.graceMs ?? GRACE_MS;
    this.#silenceMs = options.silenceMs ?? SILENCE_MS;
    this.#tail = new LineTail(KEPT_LINES, options.onOutput);
    this.#child = fork(options.entry ?? ENTRY, [], {
      // Structured clone keeps NaN, which JSON would turn into null.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#tail.push(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#tail.push(chunk));
    this.#ready = this.#greeting();
    // Whoever runs a job awaits this; without a job nobody needs to hear of it.
    this.#ready.catch(() => {});
  }

  /** Runs one job to its end. Never rejects: what went wrong is part of the outcome. */
  async run<N extends JobName>(
    job: N,
    params: JobInput<N>,
    options: JobOptions,
  ): Promise<JobOutcome> {
    try {
      await this.#ready;
    } catch (thrown) {
      return { kind: 'failed', error: LabError.from(thrown) };
    }
    return await new Promise((resolve) => {
      let lastSign = performance.now();
      const watch = setInterval(() => {
        if (performance.now() - lastSign < this.#silenceMs) return;
        lastSign = performance.now();
        const seconds = Math.round(this.#silenceMs / 1000);
        options.onEvent({ type: 'log', line: `the engine has been silent for ${seconds} s` });
      }, 1000);
      const cancel = (): void => this.#cancel();

      const finish = (outcome: JobOutcome): void => {
        clearInterval(watch);
        this.#child.off('message', onMessage);
        stopListening();
        options.signal?.removeEventListener('abort', cancel);
        this.#isRunning = false;
        // A job that ended in time leaves its process to the next one.
        clearTimeout(this.#deadline);
        this.#refuseWaiting();
        resolve(outcome);
      };
      const onMessage = (raw: unknown): void => {
        lastSign = performance.now();
        const outcome = this.#read(raw, options.onEvent);
        if (outcome !== undefined) finish(outcome);
      };
      const onClose = (code: number | null, signal: NodeJS.Signals | null): void =>
        finish(this.#ended(code, signal, options.signal?.aborted ?? false));

      this.#isRunning = true;
      this.#child.on('message', onMessage);
      const stopListening = this.#onEnd(onClose);
      this.#send({ type: 'start', job, params });
      if (options.signal?.aborted) cancel();
      options.signal?.addEventListener('abort', cancel);
    });
  }

  /**
   * Sends a command to the job that runs.
   * @returns the first step it applies to
   * @throws LabError `run/control-refused` with the reason, also when the job ends before it answers
   */
  async control(command: ControlCommand): Promise<{ readonly step: number }> {
    // Nobody listens to an engine without a job.
    if (!this.#isRunning || !this.#child.connected) throw ended();
    const id = randomUUID();
    const answer = Promise.withResolvers<{ readonly step: number }>();
    this.#waiting.set(id, answer);
    this.#send({ type: 'control', id, command });
    return await answer.promise;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** False once the process has ended. */
  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends the process at once, as a second Ctrl-C asks for. */
  kill(): void {
    this.#killedByUs = true;
    this.#child.kill('SIGKILL');
  }

  /** Lets an idle engine end by itself and makes sure that it does. */
  async dispose(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    const timer = setTimeout(() => this.kill(), this.#graceMs);
    // An engine that loses its parent while it starts cannot greet and ends with an error.
    await Promise.race([this.#ready.catch(() => {}), ended]);
    if (this.#child.connected) this.#child.disconnect();
    await ended;
    clearTimeout(timer);
  }

  /** Calls back once the process has ended. @returns a function that stops listening */
  #onEnd(listener: (code: number | null, signal: NodeJS.Signals | null) => void): () => void {
    let late: NodeJS.Timeout | undefined;
    // By `close` all output has been read; after a disconnect it may never come.
    const onExit = (code: number | null, signal: NodeJS.Signals | null): void => {
      late = setTimeout(() => listener(code, signal), CLOSE_MS);
    };
    this.#child.once('close', listener);
    this.#child.once('exit', onExit);
    return () => {
      clearTimeout(late);
      this.#child.off('close', listener);
      this.#child.off('exit', onExit);
    };
  }

  #greeting(): Promise<void> {
    return new Promise((resolve, reject) => {
      const onClose = (code: number | null, signal: NodeJS.Signals | null): void =>
        reject(this.#crash(code, signal));
      const stopListening = this.#onEnd(onClose);
      this.#child.once('error', (cause) =>
        reject(new LabError('engine/crashed', '[engine] could not be started', { cause })),
      );
      this.#child.once('message', (raw) => {
        stopListening();
        const message = parseMessage(raw);
        if (message.type === 'hello' && message.protocol === PROTOCOL_VERSION) resolve();
        else
          reject(new LabError('engine/protocol', `[engine] unexpected greeting ${message.type}`));
      });
    });
  }

  #read(raw: unknown, onEvent: (event: JobEvent) => void): JobOutcome | undefined {
    let message: EngineMessage;
    try {
      message = parseMessage(raw);
    } catch (thrown) {
      this.kill();
      return { kind: 'failed', error: LabError.from(thrown) };
    }
    switch (message.type) {
      case 'emit':
        if (message.event.type === 'control') {
          const { id, step } = message.event;
          this.#waiting.get(id)?.resolve({ step });
          this.#waiting.delete(id);
        }
        onEvent(message.event);
        return undefined;
      case 'control-refused':
        // As above: both sides are built from the same union.
        this.#waiting.get(message.id)?.reject(LabError.fromWire(message.error as WireError));
        this.#waiting.delete(message.id);
        return undefined;
      case 'done':
        return { kind: 'done', summary: message.summary };
      case 'cancelled':
        return { kind: 'cancelled' };
      case 'failed':
        // The code is one of ours: both sides are built from the same union.
        return { kind: 'failed', error: LabError.fromWire(message.error as WireError) };
      case 'hello':
      case 'heartbeat':
        return undefined;
    }
  }

  #refuseWaiting(): void {
    for (const answer of this.#waiting.values()) answer.reject(ended());
    this.#waiting.clear();
  }

  #cancel(): void {
    this.#send({ type: 'cancel' });
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.kill(), this.#graceMs).unref();
  }

  #send(message: HostMessage): void {
    // An engine that has just died is reported by its `close`, not by a failed send.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #ended(code: number | null, signal: NodeJS.Signals | null, isCancelled: boolean): JobOutcome {
    if (isCancelled || this.#killedByUs) return { kind: 'cancelled' };
    return { kind: 'failed', error: this.#crash(code, signal) };
  }

  #crash(code: number | null, signal: NodeJS.Signals | null): LabError {
    const lines = this.#tail.lines();
    const isOutOfMemory =
      signal === 'SIGKILL' || lines.some((line) => /out of memory|bad_alloc/i.test(line));
    const errorCode: ErrorCode = isOutOfMemory ? 'engine/out-of-memory' : 'engine/crashed';
    const end = signal === null ? `with exit code ${code}` : `by ${signal}`;
    // The line that says what happened; a stack and the version of Node may follow it.
    const last =
      lines.findLast((line) => /error|terminate|abort|assert/i.test(line)) ?? lines.at(-1);
    return new LabError(
      errorCode,
      `[engine] the process ended ${end} in the middle of a job${last === undefined ? '' : `: ${last.trim()}`}`,
      {
        hint: isOutOfMemory
          ? 'It was probably killed for memory: use a smaller batch, then rationale run resume.'
          : 'Nothing acknowledged is lost: rationale run resume continues from the last checkpoint.',
        details: { exitCode: code, signal, stderr: lines },
      },
    );
  }
}

function ended(): LabError {
  return new LabError('run/control-refused', '[engine] the job ended before it took the command');
}

function parseMessage(raw: unknown): EngineMessage {
  return parseOrThrow(engineMessage, raw, { code: 'engine/protocol', what: 'engine message' });
}
