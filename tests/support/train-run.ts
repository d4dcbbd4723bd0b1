/** The train job in this process: parameters in, what it told the terminal and what it threw out. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlHandler } from '../../src/engine/jobs/define.ts';
import { train } from '../../src/engine/jobs/train.ts';
import { readMetrics } from '../../src/engine/run-folder/read.ts';
import { jobParams } from '../../src/shared/protocol/jobs.ts';
import type { JobEvent } from '../../src/shared/protocol/messages.ts';

export interface TrainOptions {
  /** Asks to stop once this step's metrics are out. */
  readonly stopAfter?: number;
  /** Asks a moment later, when the next step is under way. */
  readonly isLate?: boolean;
  /** Called with every event and the way to send a command. */
  readonly onEvent?: (event: JobEvent, send: ControlHandler) => void;
}

export async function runTraining(
  params: Record<string, unknown>,
  { stopAfter, isLate, onEvent }: TrainOptions = {},
): Promise<{ readonly events: JobEvent[]; readonly error: unknown }> {
  const control = new AbortController();
  const events: JobEvent[] = [];
  let send: ControlHandler = () => {
    throw new Error('the job takes no commands yet');
  };
  const context = {
    signal: control.signal,
    log: () => undefined,
    onControl(handler: ControlHandler) {
      send = handler;
    },
    emit(event: JobEvent) {
      events.push(event);
      onEvent?.(event, send);
      if (event.type !== 'metric' || event.step !== stopAfter) return;
      if (isLate) setImmediate(() => control.abort());
      else control.abort();
    },
  };
  try {
    await train.run(context, jobParams.train.parse(params));
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

/** The metrics of a run by step, without what differs between machines: time and memory. */
export function metricsOf(run: string): unknown {
  return readMetrics(run).map(({ step, values }) => ({
    step,
    values: Object.fromEntries(
      Object.entries(values).filter(([name]) => !/^(timing|memory)\//.test(name)),
    ),
  }));
}

/** Every file below a folder by its relative path. */
export function filesOf(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
  return new Map(files.map((name) => [name, readFileSync(join(folder, name))]));
}
