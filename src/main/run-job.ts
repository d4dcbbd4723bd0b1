/**
 * Runs one job for the terminal: job, parameters and a way to print rows come in; stdout, stderr and
 * the exit code go out. With --json stdout carries result lines and nothing else.
 */
import { assertNever } from '../shared/assert-never.ts';
import { LabError } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import type { JobInput, JobName } from '../shared/protocol/jobs.ts';
import type { JobEvent } from '../shared/protocol/messages.ts';
import { type JobOutcome, Supervisor } from './engine/supervisor.ts';
import { EXIT, exitCodeOf, formatError } from './terminal/exit.ts';
import { ProgressDisplay } from './terminal/progress.ts';
import { cell, formatLine } from './terminal/table.ts';

/** Turns rows into text for people; `end` prints what had to wait for the last row. */
export interface RowPrinter {
  row(row: JsonObject): string | undefined;
  end?(): string | undefined;
}

export interface RunJobOptions {
  readonly isJson: boolean;
  /** Absent = one line per row. */
  readonly printer?: RowPrinter;
  /** Training: metrics are results too, one line per step. */
  readonly hasMetricRows?: boolean;
}

/** Signals closer together are one key press: npm and the terminal both deliver it. */
const SAME_SIGNAL_MS = 500;

type Print = (line: string) => void;

const linePrinter: RowPrinter = { row: formatLine };

/** @returns the exit code. */
export async function runJob<N extends JobName>(
  job: N,
  params: JobInput<N>,
  options: RunJobOptions,
): Promise<number> {
  const isVerbose = process.env['RATIONALE_VERBOSE'] === '1';
  const progress = new ProgressDisplay(process.stderr);
  const toStderr = (line: string): void =>
    progress.around(() => void process.stderr.write(`${line}\n`));
  const supervisor = new Supervisor(isVerbose ? { onOutput: toStderr } : {});
  const cancel = new AbortController();
  const removeSignals = onSignals(cancel, supervisor, toStderr);
  let outputError: NodeJS.ErrnoException | undefined;
  process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
    // A closed pipe (`| head`) is the reader's way to say enough; a full disk is an error.
    if (cause.code !== 'EPIPE') outputError = cause;
    cancel.abort();
  });

  const printer = options.printer ?? linePrinter;
  const toStdout = (text: string | undefined): void => {
    if (text !== undefined) progress.around(() => void process.stdout.write(`${text}\n`));
  };
  const onEvent = options.isJson
    ? jsonListener(toStdout, toStderr, options.hasMetricRows ?? false)
    : humanListener(toStdout, toStderr, printer, progress);

  const outcome = await supervisor.run(job, params, { onEvent, signal: cancel.signal });
  progress.endLine();
  if (!options.isJson && outcome.kind === 'done') toStdout(printer.end?.());
  await supervisor.dispose();
  removeSignals();
  if (outputError !== undefined) {
    const error = new LabError('file/write-failed', `[stdout] ${outputError.message}`);
    return finish({ kind: 'failed', error }, options.isJson);
  }
  return finish(outcome, options.isJson);
}

/** Rows (and metrics, where they are results) as JSON lines; of the rest only log lines show. */
function jsonListener(
  toStdout: Print,
  toStderr: Print,
  hasMetricRows: boolean,
): (event: JobEvent) => void {
  return (event) => {
    if (event.type === 'row') toStdout(JSON.stringify(event.row));
    else if (event.type === 'log') toStderr(event.line);
    else if (event.type === 'metric' && hasMetricRows) {
      toStdout(JSON.stringify({ step: event.step, ...event.values }));
    }
  };
}

function humanListener(
  toStdout: (text: string | undefined) => void,
  toStderr: Print,
  printer: RowPrinter,
  progress: ProgressDisplay,
): (event: JobEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'row':
        toStdout(printer.row(event.row));
        break;
      case 'report':
        toStdout(event.text);
        break;
      case 'metric':
        toStderr(`step ${event.step}  ${formatMetrics(event.values)}`);
        break;
      case 'progress':
        progress.update(event);
        break;
      case 'event':
        toStderr(`${event.kind}  ${formatLine(event.data ?? {})}`);
        break;
      case 'control':
        toStderr(`${event.command.kind}  from step ${event.step}`);
        break;
      case 'log':
        toStderr(event.line);
        break;
      default:
        assertNever(event);
    }
  };
}

function finish(outcome: JobOutcome, isJson: boolean): number {
  switch (outcome.kind) {
    case 'done':
      return outcome.summary.ok === false ? EXIT.failed : EXIT.ok;
    case 'cancelled':
      if (!isJson) process.stderr.write('cancelled\n');
      return EXIT.cancelled;
    case 'failed':
      process.stderr.write(`${formatError(outcome.error, isJson)}\n`);
      return exitCodeOf(outcome.error);
  }
}

/** First Ctrl-C asks, a second one kills. */
function onSignals(
  cancel: AbortController,
  supervisor: Supervisor,
  say: (line: string) => void,
): () => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  const onSignal = (): void => {
    const now = performance.now();
    const isSame = now - lastAt < SAME_SIGNAL_MS;
    lastAt = now;
    if (isSame) return;
    if (cancel.signal.aborted) {
      supervisor.kill();
      return;
    }
    say('stopping at the next safe point; press Ctrl-C again to kill');
    cancel.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}

function formatMetrics(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([id, value]) => `${id} ${cell(value)}`)
    .join('  ');
}
