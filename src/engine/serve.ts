/**
 * Serves jobs over a port: host messages come in, engine messages go out. Knows no transport, so
 * that tests serve in-process; src/engine/index.ts connects it to the parent process.
 */
import { LabError } from '../shared/errors.ts';
import { parseOrThrow } from '../shared/parse.ts';
import type { ControlCommand } from '../shared/protocol/control.ts';
import {
  type EngineMessage,
  type HostMessage,
  hostMessage,
  type JobEvent,
  PROTOCOL_VERSION,
} from '../shared/protocol/messages.ts';
import type { ControlHandler, Job } from './jobs/define.ts';

export interface EnginePort {
  send(message: EngineMessage): void;
}

export type JobTable = Readonly<Record<string, (() => Promise<Job>) | undefined>>;

const HEARTBEAT_MS = 1000;
/** Progress closer together than this is thinned; the last of a stage always passes. */
const PROGRESS_MS = 100;

export class JobServer {
  readonly #port: EnginePort;
  readonly #jobs: JobTable;
  readonly #heartbeat: NodeJS.Timeout;
  #running: AbortController | undefined;
  #onControl: ControlHandler | undefined;
  #lastProgress = { stage: '', at: 0 };

  constructor(port: EnginePort, jobs: JobTable) {
    this.#port = port;
    this.#jobs = jobs;
    port.send({ type: 'hello', protocol: PROTOCOL_VERSION, pid: process.pid });
    this.#heartbeat = setInterval(() => port.send({ type: 'heartbeat' }), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Handles one message of the host; the promise settles when the job it started has ended. */
  async handle(raw: unknown): Promise<void> {
    let message: HostMessage;
    try {
      message = parseOrThrow(hostMessage, raw, { code: 'engine/protocol', what: 'host message' });
    } catch (thrown) {
      this.#port.send({ type: 'failed', error: LabError.from(thrown).toWire() });
      return;
    }
    switch (message.type) {
      case 'cancel':
        this.cancel();
        break;
      case 'control':
        this.#control(message.id, message.command);
        break;
      case 'start':
        await this.#start(message.job, message.params);
        break;
    }
  }

  /** Asks the running job to end at its next safe point. */
  cancel(): void {
    this.#running?.abort(new LabError('engine/cancelled', '[engine] cancelled'));
  }

  dispose(): void {
    clearInterval(this.#heartbeat);
    this.cancel();
  }

  async #start(name: string, params: unknown): Promise<void> {
    if (this.#running !== undefined) {
      const busy = new LabError('engine/protocol', '[engine] a job is running already');
      this.#port.send({ type: 'failed', error: busy.toWire() });
      return;
    }
    const controller = new AbortController();
    this.#running = controller;
    try {
      const job = await this.#load(name);
      const parsed = parseOrThrow(job.params, params, {
        code: 'cli/usage',
        what: `${name} options`,
      });
      const summary = await job.run(
        {
          signal: controller.signal,
          onControl: (handler) => {
            this.#onControl = handler;
          },
          emit: (event) => this.#emit(event),
          log: (line) => this.#emit({ type: 'log', line }),
        },
        parsed,
      );
      this.#port.send({ type: 'done', summary: summary ?? {} });
    } catch (thrown) {
      this.#port.send(this.#ending(thrown, controller.signal));
    } finally {
      this.#running = undefined;
      this.#onControl = undefined;
    }
  }

  #control(id: string, command: ControlCommand): void {
    try {
      if (this.#onControl === undefined) {
        throw new LabError('run/control-refused', '[engine] nothing runs that takes commands');
      }
      const { step } = this.#onControl(command);
      this.#port.send({ type: 'emit', event: { type: 'control', id, command, step } });
    } catch (thrown) {
      const error = LabError.from(thrown).toWire();
      this.#port.send({ type: 'control-refused', id, error });
    }
  }

  async #load(name: string): Promise<Job> {
    const load = this.#jobs[name];
    if (load === undefined) {
      throw new LabError('engine/protocol', `[engine] this engine has no job '${name}'`, {
        hint: `It has: ${Object.keys(this.#jobs).join(', ')}.`,
      });
    }
    return await load();
  }

  #emit(event: JobEvent): void {
    if (event.type === 'progress') {
      const now = performance.now();
      const isDue = now - this.#lastProgress.at >= PROGRESS_MS;
      const isNews = event.stage !== this.#lastProgress.stage || event.done >= event.total;
      if (!isDue && !isNews) return;
      this.#lastProgress = { stage: event.stage, at: now };
    }
    this.#port.send({ type: 'emit', event });
  }

  #ending(thrown: unknown, signal: AbortSignal): EngineMessage {
    const isAbort =
      thrown === signal.reason ||
      (thrown instanceof LabError && thrown.code === 'engine/cancelled') ||
      (thrown instanceof Error && thrown.name === 'AbortError');
    if (signal.aborted && isAbort) return { type: 'cancelled' };
    return { type: 'failed', error: LabError.from(thrown).toWire() };
  }
}
