/**
 * One question to an engine: a job and its parameters go in, the rows it emitted come out, parsed by
 * their schema. What went wrong in the engine is thrown as the error it is.
 */
import type { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { parseOrThrow } from '../../shared/parse.ts';
import type { JobInput, JobName } from '../../shared/protocol/jobs.ts';
import type { JobEvent } from '../../shared/protocol/messages.ts';
import type { JobOptions, JobOutcome } from './supervisor.ts';

/** Whatever runs a job: one process, or a pool that lends one. */
export interface JobRunner {
  run<N extends JobName>(job: N, params: JobInput<N>, options: JobOptions): Promise<JobOutcome>;
}

export interface AskOptions<S extends z.ZodType> {
  /** Form of every row. */
  readonly row: S;
  readonly signal?: AbortSignal | undefined;
  /** Progress, log lines and the rest that is no row. */
  readonly onEvent?: (event: Exclude<JobEvent, { type: 'row' }>) => void;
}

/**
 * @returns the rows in the order they came.
 * @throws LabError what the job failed with, `engine/cancelled`, or `engine/protocol` for a row that
 *   does not fit.
 */
export async function askEngine<N extends JobName, S extends z.ZodType>(
  engine: JobRunner,
  job: N,
  params: JobInput<N>,
  options: AskOptions<S>,
): Promise<z.output<S>[]> {
  const rows: z.output<S>[] = [];
  let bad: LabError | undefined;
  const outcome = await engine.run(job, params, {
    onEvent: (event) => {
      if (event.type !== 'row') {
        options.onEvent?.(event);
        return;
      }
      try {
        rows.push(parseOrThrow(options.row, event.row, { code: 'engine/protocol', what: job }));
      } catch (thrown) {
        bad ??= LabError.from(thrown);
      }
    },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (outcome.kind === 'failed') throw outcome.error;
  if (outcome.kind === 'cancelled')
    throw new LabError('engine/cancelled', `[${job}] was cancelled`);
  if (bad !== undefined) throw bad;
  return rows;
}
