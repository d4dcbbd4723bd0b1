/**
 * One training run with its engine process. A plan's parameters come in; the process is started,
 * watched, and after a crash started again from the last checkpoint, at most so many times in ten
 * minutes. State, log and how it ended go out. The run folder is the engine's; notes about crashes and
 * restarts are main's own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError } from '../../shared/errors.ts';
import type { RunState } from '../../shared/model/app-run.ts';
import { parseOrThrow } from '../../shared/parse.ts';
import { type ControlCommand, controlCommand } from '../../shared/protocol/control.ts';
import type { JobInput } from '../../shared/protocol/jobs.ts';
import type { JobEvent } from '../../shared/protocol/messages.ts';
import { type JobOutcome, Supervisor, type SupervisorOptions } from '../engine/supervisor.ts';
import { noteLabEvent } from './lab-events.ts';
import { lastCheckpoint } from './run-files.ts';

export interface ActiveRunOptions {
  /** Folder of run folders. */
  readonly runs: string;
  readonly params: JobInput<'train'>;
  /** Known when a run is resumed. */
  readonly run: string | null;
  readonly restartLimit: () => number;
  /** Engine entry and times; tests shorten them. */
  readonly supervisor?: SupervisorOptions | undefined;
  /** Pause before a restart, times the number of restarts. */
  readonly restartDelayMs?: number | undefined;
  /** The run's folder is there and its id known. */
  onStarted(run: string): void;
  /** It crashed and goes on from a checkpoint. */
  onRestart(run: string, step: number): void;
  /** Something about it changed: state, step, stage. */
  onChange(): void;
}

export type RunEnd =
  | { readonly kind: 'finished' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: LabError };

const KEPT_LINES = 200;
const RESTART_WINDOW_MS = 10 * 60_000;
const RESTART_DELAY_MS = 1000;

export class ActiveRun {
  state: RunState = 'starting';
  run: string | null;
  /** Stage under way and how far it is. */
  stage: { readonly name: string; readonly done: number; readonly total: number } | null = null;
  heardAt: number | null = null;
  readonly log: string[] = [];
  readonly #options: ActiveRunOptions;
  readonly #abort = new AbortController();
  readonly #restarts: number[] = [];
  #supervisor: Supervisor | undefined;
  #isKilled = false;
  #step = 0;

  constructor(options: ActiveRunOptions) {
    this.#options = options;
    this.run = options.run;
  }

  get restarts(): number {
    return this.#restarts.length;
  }

  get pid(): number | undefined {
    return this.#supervisor?.pid;
  }

  /** Runs it to its end. Never rejects. */
  async toEnd(): Promise<RunEnd> {
    let { params } = this.#options;
    for (;;) {
      const outcome = await this.#once(params);
      if (outcome.kind === 'done') {
        return { kind: this.state === 'stopping' ? 'cancelled' : 'finished' };
      }
      if (outcome.kind === 'cancelled' || this.#isKilled) {
        if (this.#isKilled) this.#note('killed', {});
        return { kind: 'cancelled' };
      }
      if (!isCrash(outcome.error)) return outcome;
      const next = await this.#afterCrash(outcome.error, params);
      if (next === undefined) return this.#isKilled ? { kind: 'cancelled' } : outcome;
      params = next;
    }
  }

  /** @throws LabError `run/control-refused` */
  async control(command: ControlCommand): Promise<{ readonly step: number }> {
    const supervisor = this.#supervisor;
    if (supervisor === undefined || this.state === 'starting') {
      throw new LabError('run/control-refused', '[run] it is starting and takes no commands yet', {
        hint: 'Try again when its first step has begun.',
      });
    }
    // The engine takes a message that it cannot read as the end of its host.
    const parsed = parseOrThrow(controlCommand, command, {
      code: 'rpc/invalid-input',
      what: 'command',
    });
    const answer = await supervisor.control(parsed);
    if (command.kind === 'stop-and-save') this.#to('stopping');
    return answer;
  }

  /** Ends at the next safe point with a checkpoint; enforced after the grace period. */
  stop(): void {
    this.#to('stopping');
    this.#abort.abort();
  }

  /** Ends the process at once. */
  kill(): void {
    this.#isKilled = true;
    this.#to('stopping');
    this.#abort.abort();
    this.#supervisor?.kill();
  }

  async #once(params: JobInput<'train'>): Promise<JobOutcome> {
    const supervisor = new Supervisor({
      ...this.#options.supervisor,
      onOutput: (line) => this.#keep(line),
    });
    this.#supervisor = supervisor;
    try {
      return await supervisor.run('train', params, {
        onEvent: (event) => this.#hear(event),
        signal: this.#abort.signal,
      });
    } finally {
      await supervisor.dispose();
      this.#supervisor = undefined;
    }
  }

  #hear(event: JobEvent): void {
    this.heardAt = Date.now();
    switch (event.type) {
      case 'event':
        this.#hearEvent(event.kind, event.data ?? {});
        break;
      case 'metric':
        this.#step = event.step;
        if (this.state === 'starting') this.#to('running');
        break;
      case 'progress':
        this.stage = { name: event.stage, done: event.done, total: event.total };
        break;
      case 'log':
        this.#keep(event.line);
        break;
      default:
        break;
    }
    this.#options.onChange();
  }

  #hearEvent(kind: string, data: Readonly<Record<string, unknown>>): void {
    if (kind === 'started' || kind === 'resumed') {
      if (typeof data['run'] === 'string') {
        this.run = data['run'];
        this.#options.onStarted(this.run);
      }
      if (this.state === 'starting') this.#to('running');
    }
    if (kind === 'paused' && this.state === 'running') this.#to('paused');
    if (kind === 'unpaused' && this.state === 'paused') this.#to('running');
  }

  /** @returns parameters to go on with, or undefined when it has crashed too often */
  async #afterCrash(
    error: LabError,
    params: JobInput<'train'>,
  ): Promise<JobInput<'train'> | undefined> {
    const now = Date.now();
    this.#note('crashed', { ...this.#place(), code: error.code, message: error.message });
    while ((this.#restarts[0] ?? now) < now - RESTART_WINDOW_MS) this.#restarts.shift();
    if (this.run === null || this.#restarts.length >= this.#options.restartLimit()) {
      return undefined;
    }
    this.#restarts.push(now);
    this.#to('starting');
    const delay = this.#options.restartDelayMs ?? RESTART_DELAY_MS;
    await sleep(delay * this.#restarts.length, undefined, { signal: this.#abort.signal }).catch(
      () => undefined,
    );
    if (this.#abort.signal.aborted) return undefined;
    const checkpoint = lastCheckpoint(this.#folder(this.run))?.step ?? 0;
    this.#options.onRestart(this.run, checkpoint);
    this.#note('restarted', { step: checkpoint, attempt: this.#restarts.length });
    const { device, threads } = params;
    return {
      action: 'resume',
      run: this.run,
      runs: this.#options.runs,
      ...(device === undefined ? {} : { device }),
      ...(threads === undefined ? {} : { threads }),
      ...(params.action === 'resume' && params.steps !== undefined ? { steps: params.steps } : {}),
    };
  }

  #note(kind: 'crashed' | 'restarted' | 'killed', data: Readonly<Record<string, unknown>>): void {
    if (this.run === null) return;
    noteLabEvent(this.#folder(this.run), kind, { ...this.#place(), ...data });
  }

  #place(): Readonly<Record<string, unknown>> {
    return this.#step === 0 ? {} : { step: this.#step };
  }

  #folder(run: string): string {
    return `${this.#options.runs}/${run}`;
  }

  #keep(line: string): void {
    this.log.push(line);
    if (this.log.length > KEPT_LINES) this.log.splice(0, this.log.length - KEPT_LINES);
  }

  #to(state: RunState): void {
    if (this.state === 'stopping' && state !== 'stopping') return;
    this.state = state;
    this.#options.onChange();
  }
}

/** The process ended by itself; a job that failed with a reason would fail with it again. */
function isCrash(error: LabError): boolean {
  return error.details !== undefined && 'exitCode' in error.details;
}
