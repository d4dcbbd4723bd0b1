/**
 * A job is what an engine process can be asked for: parameters (parsed by their schema in
 * shared/protocol/jobs.ts) come in, events go out while it runs, a summary when it ends. Adding one:
 * a schema there, a file here that calls {@link defineJob}, a line in ./index.ts, a command in main.
 */
import type { z } from 'zod';
import type { ControlCommand } from '../../shared/protocol/control.ts';
import type { JobName, JobParams, jobParams } from '../../shared/protocol/jobs.ts';
import type { JobEvent, JobSummary } from '../../shared/protocol/messages.ts';

/**
 * Accepts a command and says from which step on it applies.
 * @throws LabError `run/control-refused` with the reason
 */
export type ControlHandler = (command: ControlCommand) => { readonly step: number };

export interface JobContext {
  /** Tells the person or script that asked. Progress and metrics may be thinned on the way. */
  emit(event: JobEvent): void;
  /**
   * Aborted when the person asks to stop: end at the next safe point and let the abort throw. The
   * request arrives between turns of the event loop, so a job that only computes must wait for
   * `setImmediate` now and then.
   */
  readonly signal: AbortSignal;
  /** Takes commands from now on; a job that never calls this refuses them all. */
  onControl(handler: ControlHandler): void;
  /** One line for the person at the terminal. */
  log(line: string): void;
}

export interface JobDefinition<N extends JobName> {
  readonly name: N;
  readonly params: (typeof jobParams)[N];
  /**
   * @returns nothing, or a summary whose `ok: false` turns into exit code 1.
   * @throws LabError for bad input; anything else reads as a fault of the engine.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a job without a summary just ends.
  run(context: JobContext, params: JobParams<N>): Promise<JobSummary | void>;
}

/** A job with its parameters still unparsed, as the roll-call holds it. */
export interface Job {
  readonly name: JobName;
  readonly params: z.ZodType;
  // biome-ignore lint/suspicious/noConfusingVoidType: as above.
  run(context: JobContext, params: unknown): Promise<JobSummary | void>;
}

/** Freezes one job definition. */
export function defineJob<N extends JobName>(definition: JobDefinition<N>): Job {
  return Object.freeze({
    name: definition.name,
    params: definition.params,
    run: (context: JobContext, params: unknown) =>
      // The port parses with `definition.params` before it calls.
      definition.run(context, params as JobParams<N>),
  });
}
