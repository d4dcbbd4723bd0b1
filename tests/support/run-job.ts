/** A job in this process, as the port would run it: parameters in, rows and the summary out. */
import type { ControlHandler, Job, JobContext } from '../../src/engine/jobs/define.ts';
import type { JobEvent, JobSummary } from '../../src/shared/protocol/messages.ts';

export interface RanJob {
  readonly rows: Record<string, unknown>[];
  readonly events: JobEvent[];
  // biome-ignore lint/suspicious/noConfusingVoidType: a job without a summary just ends.
  readonly summary: JobSummary | void;
}

export async function runJob(
  job: Job,
  params: unknown,
  options: { readonly signal?: AbortSignal; readonly onEvent?: (event: JobEvent) => void } = {},
): Promise<RanJob> {
  const events: JobEvent[] = [];
  const context: JobContext = {
    signal: options.signal ?? new AbortController().signal,
    log: () => undefined,
    onControl: (_: ControlHandler) => undefined,
    emit(event) {
      events.push(event);
      options.onEvent?.(event);
    },
  };
  const summary = await job.run(context, job.params.parse(params));
  const rows = events.flatMap((event) => (event.type === 'row' ? [{ ...event.row }] : []));
  return { rows, events, summary };
}
