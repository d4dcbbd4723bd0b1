/**
 * What main and the engine say to each other, over any transport that carries structured-cloneable
 * messages in order (child_process IPC today, a MessagePort in the app). Tensors never travel: files
 * do, by path. One job runs in an engine at a time.
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';
import { controlCommand } from './control.ts';

/** Raised when either side could misread the other. */
export const PROTOCOL_VERSION = 2;

const errorWire: z.ZodType<ErrorOnWire> = z.lazy(() =>
  z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    details: jsonObject.optional(),
    stack: z.string().optional(),
    cause: errorWire.optional(),
  }),
);

/** As `WireError`, but with the code still unchecked. */
interface ErrorOnWire {
  code: string;
  message: string;
  hint?: string | undefined;
  details?: Readonly<Record<string, unknown>> | undefined;
  stack?: string | undefined;
  cause?: ErrorOnWire | undefined;
}

/** What a job tells while it runs. Facts, not commands. */
export const jobEvent = z.discriminatedUnion('type', [
  /** One result line: printed as it is with --json, as a line or table row otherwise. */
  z.object({ type: z.literal('row'), row: jsonObject }),
  /** Text for people only, printed on stdout; absent with --json. */
  z.object({ type: z.literal('report'), text: z.string() }),
  /** `done` of `total` units of a named stage; total 0 = unknown. */
  z.object({
    type: z.literal('progress'),
    stage: z.string(),
    done: z.number(),
    total: z.number(),
    note: z.string().optional(),
  }),
  /** Metrics of one training step, ids as in `defineMetric`. */
  z.object({
    type: z.literal('metric'),
    step: z.int(),
    values: z.record(z.string(), z.number()),
  }),
  /** Something happened: run started, checkpoint written. Also stored in the run folder by the job. */
  z.object({ type: z.literal('event'), kind: z.string(), data: jsonObject.optional() }),
  /** A control command was accepted; it applies from `step` on. */
  z.object({
    type: z.literal('control'),
    id: z.string(),
    command: controlCommand,
    step: z.int(),
  }),
  /** One line for the person at the terminal, on stderr. */
  z.object({ type: z.literal('log'), line: z.string() }),
]);
export type JobEvent = z.infer<typeof jobEvent>;

/** What a job returns. `ok: false` = it ran, and what it checked is not so (exit code 1). */
export const jobSummary = z.looseObject({ ok: z.boolean().optional() });
export type JobSummary = z.infer<typeof jobSummary>;

export const hostMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), job: z.string(), params: z.unknown() }),
  z.object({ type: z.literal('cancel') }),
  /** For the job that runs; answered by `emit` of a `control` event or by `control-refused`. */
  z.object({ type: z.literal('control'), id: z.string().max(100), command: controlCommand }),
]);
export type HostMessage = z.infer<typeof hostMessage>;

export const engineMessage = z.discriminatedUnion('type', [
  /** First message of an engine: it is ready for a job. */
  z.object({ type: z.literal('hello'), protocol: z.int(), pid: z.int() }),
  /** Once a second while the JS thread of the engine turns. */
  z.object({ type: z.literal('heartbeat') }),
  z.object({ type: z.literal('emit'), event: jobEvent }),
  /** A control command that does not apply: no job, no such part in the run, a value out of place. */
  z.object({ type: z.literal('control-refused'), id: z.string(), error: errorWire }),
  /** Last message of a job. */
  z.object({ type: z.literal('done'), summary: jobSummary }),
  z.object({ type: z.literal('cancelled') }),
  z.object({ type: z.literal('failed'), error: errorWire }),
]);
export type EngineMessage = z.infer<typeof engineMessage>;
