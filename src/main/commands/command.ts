/**
 * What every command shares: options with their parsers, and one way from options to a job. A
 * command's options (still unknown values) come in, parsed job parameters go to the engine.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { LabError } from '../../shared/errors.ts';
import { parseOrThrow } from '../../shared/parse.ts';
import { type JobInput, type JobName, jobParams } from '../../shared/protocol/jobs.ts';
import { type RunJobOptions, runJob } from '../run-job.ts';

/** Options as commander hands them over; zod gives them their types. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** Adds a command with --json. `usage` names its arguments: 'show <run>'. */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print JSON lines on stdout and nothing else');
}

/** Adds --device and --threads. */
export function withCompute(command: Command): Command {
  return command
    .option('--device <device>', 'auto, cpu or cuda (default: auto)')
    .option('--threads <n>', 'threads of the engine (default: one per core)', integer);
}

/** Adds --runs. */
export function withRuns(command: Command): Command {
  return command.option('--runs <dir>', 'folder of runs (or RATIONALE_RUNS; default: runs)');
}

/** Adds the options of token sampling. `temperature` is the command's default. */
export function withSampling(command: Command, temperature: number): Command {
  return command
    .option('--temperature <t>', `0 = greedy (default: ${temperature})`, decimal)
    .option('--top-k <k>', '0 = off (default: 0)', integer)
    .option('--top-p <p>', '1 = off (default: 1)', decimal)
    .option('--min-p <p>', '0 = off (default: 0)', decimal)
    .option('--max-tokens <n>', 'longest completion (default: 128)', integer)
    .option('--seed <n>', 'seed of the draws (default: 1)', integer);
}

/** Folder of runs: the option, else the environment, else undefined (the schema's default). */
export function runsFolder(options: RawOptions): unknown {
  return options['runs'] ?? process.env['RATIONALE_RUNS'];
}

/**
 * Parses raw parameters and runs the job; the exit code becomes the process's.
 * @throws LabError `cli/usage` for parameters that do not fit.
 */
export async function runCommand<N extends JobName>(
  job: N,
  raw: Readonly<Record<string, unknown>>,
  options: RawOptions,
  display: Omit<RunJobOptions, 'isJson'> = {},
): Promise<void> {
  parseOrThrow(jobParams[job], raw, {
    code: 'cli/usage',
    what: job,
    hint: 'Add --help to see the options.',
  });
  // Checked just now; the engine fills the defaults when it parses at its own border.
  const params = raw as JobInput<N>;
  process.exitCode = await runJob(job, params, { ...display, isJson: options['json'] === true });
}

/** commander parser of whole numbers. */
export function integer(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('expected a whole number');
  }
  return value;
}

/** commander parser of numbers. */
export function decimal(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('expected a number');
  }
  return value;
}

/** commander parser of options that may be repeated. */
export function repeated(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/**
 * commander parser of `--set path.to.field=value`; the value is JSON where it reads as JSON.
 * @throws LabError `cli/usage` without an equals sign.
 */
export function assignment(
  text: string,
  before: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> {
  const at = text.indexOf('=');
  if (at <= 0) {
    throw new LabError('cli/usage', `[--set] expected field=value, got '${text}'`, {
      hint: 'For example --set optimizer.learningRate=1e-4',
    });
  }
  const value = text.slice(at + 1);
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    parsed = value;
  }
  return { ...before, [text.slice(0, at)]: parsed };
}
