/** `rationale doctor`, `demo`, `bench`, `parity`, `objectives`: is everything here, and is it right? */
import type { Command } from 'commander';
import type { JsonObject } from '../../shared/json.ts';
import type { RowPrinter } from '../run-job.ts';
import { formatRecord, formatTable } from '../terminal/table.ts';
import {
  addCommand,
  integer,
  repeated,
  runCommand,
  runsFolder,
  withCompute,
  withRuns,
} from './command.ts';

export function addSystemCommands(program: Command): void {
  addCommand(program, 'doctor', 'say what this machine can do and what is missing').action(
    (options) => runCommand('doctor', {}, options, { printer: { row: formatDoctor } }),
  );

  withCompute(
    withRuns(
      addCommand(
        program,
        'demo',
        'teach the starter model to reason: cold start, GRPO, before and after',
      )
        .option('--seed <n>', 'seed of data, sampling and order (default: 1)', integer)
        .option('--quick', 'a shorter run: shows that everything works, not what it can reach'),
    ),
  ).action((options) => {
    const { seed, quick, device, threads } = options;
    const params = { seed, quick, device, threads, runs: runsFolder(options) };
    return runCommand('demo', params, options, { printer: { row: () => undefined } });
  });

  withCompute(
    addCommand(program, 'bench', 'time generation and training steps, with the share of the peak')
      .option('--model <dir>', 'model folder, with or without weights (default: the 3.6 M one)')
      .option(
        '--workload <name>',
        'generate, sft-step, grpo-step or grpo-step-kl (may be repeated; default: all)',
        repeated,
      )
      .option('--text', 'prompts without a picture')
      .option('--repeats <n>', 'timed repetitions (default: 5)', integer),
  ).action((options) => {
    const { model, workload, text, repeats, device, threads } = options;
    const params = { model, workloads: workload, text, repeats, device, threads };
    return runCommand('bench', params, options, { printer: tablePrinter() });
  });

  withCompute(
    addCommand(
      program,
      'parity <folder>',
      'compare the engine with reference numbers, tensor by tensor',
    ),
  ).action((folder, options) => {
    const { device, threads } = options;
    return runCommand('parity', { folder, device, threads }, options, { printer: checkPrinter() });
  });

  addCommand(
    program,
    'objectives <folder>',
    'compare objectives with reference numbers, case by case',
  ).action((folder, options) =>
    runCommand('objectives', { folder }, options, { printer: checkPrinter() }),
  );
}

/** Facts only: what is missing follows as sentences, in the job's report. */
function formatDoctor(row: JsonObject): string {
  return formatRecord(
    JSON.parse(
      JSON.stringify(row, (key, value) => (Array.isArray(value) && key !== '' ? undefined : value)),
    ) as JsonObject, // an object without its lists
  );
}

/** Collects rows into one table. */
export function tablePrinter(): RowPrinter {
  const rows: JsonObject[] = [];
  return {
    row: (row) => {
      rows.push(row);
      return undefined;
    },
    end: () => (rows.length === 0 ? undefined : formatTable(rows)),
  };
}

/** A table of everything that was compared, and one line that counts what did not agree. */
function checkPrinter(): RowPrinter {
  const table = tablePrinter();
  let failed = 0;
  let total = 0;
  return {
    row: (row) => {
      total++;
      if (row['ok'] === false) failed++;
      return table.row(row);
    },
    end: () => `${table.end?.() ?? ''}\n${total - failed} of ${total} agree`.trimStart(),
  };
}
