/** `rationale run start|resume|list|show` and the shorthands `sft`, `grpo`, `dpo`. */
import type { Command } from 'commander';
import { RunReport } from '../terminal/run-report.ts';
import {
  addCommand,
  assignment,
  integer,
  type RawOptions,
  runCommand,
  runsFolder,
  withCompute,
  withRuns,
} from './command.ts';
import { tablePrinter } from './system.ts';

/** Command word -> recipe id. */
const SHORTHANDS = [
  ['sft', 'supervised training'],
  ['grpo', 'online reinforcement learning'],
  ['dpo', 'preference training'],
] as const;

export function addRunCommands(program: Command): void {
  const run = program.command('run').description('start, resume, list and show runs');

  withTraining(addCommand(run, 'start <recipe>', 'train by a recipe (id or file)')).action(
    (recipe, options) => start(recipe, options),
  );

  withCompute(
    withRuns(
      addCommand(run, 'resume <run>', 'continue a run from its last checkpoint').option(
        '--steps <n>',
        'train up to this step (default: as planned)',
        integer,
      ),
    ),
  ).action((id, options) => {
    const { steps, device, threads } = options;
    const params = { action: 'resume', run: id, steps, device, threads, runs: runsFolder(options) };
    return runCommand('train', params, options, { hasMetricRows: true });
  });

  withRuns(addCommand(run, 'list', 'the runs there are')).action((options) =>
    runCommand('run-list', { runs: runsFolder(options) }, options, { printer: tablePrinter() }),
  );

  withRuns(
    addCommand(
      run,
      'show <run>',
      'configuration, metrics, last rollouts and checkpoints of a run',
    ).option('--rollouts <n>', 'completions to show (default: 4)', integer),
  ).action((id, options) => {
    const params = { run: id, rollouts: options.rollouts, runs: runsFolder(options) };
    return runCommand('run-show', params, options, { printer: new RunReport() });
  });

  for (const [recipe, what] of SHORTHANDS) {
    const usual = `run start ${recipe}, or without --model and --data: starter-${recipe}`;
    withTraining(addCommand(program, recipe, `${what}: ${usual}`)).action((options) =>
      start(isBare(options) ? `starter-${recipe}` : recipe, options),
    );
  }
}

function withTraining(command: Command): Command {
  return withCompute(
    withRuns(
      command
        .option('--model <dir>', 'model or checkpoint folder (default: the bundled starter)')
        .option('--data <path>', 'training data (default: what the recipe names)')
        .option('--set <field=value>', 'change a field of the recipe (may be repeated)', assignment)
        .option('--seed <n>', "seed of data, sampling and order (default: the recipe's)", integer)
        .option('--steps <n>', "optimizer steps (default: the recipe's)", integer),
    ),
  );
}

/**
 * A method's own numbers are for models of billions of parameters. Whoever names neither a model nor
 * data wants to see something happen: resources/recipes has the numbers for the bundled starter.
 */
function isBare({ model, data }: RawOptions): boolean {
  return model === undefined && data === undefined;
}

function start(recipe: string, options: RawOptions): Promise<void> {
  const { set, model, data, seed, steps, device, threads } = options;
  const runs = runsFolder(options);
  const params = { action: 'start', recipe, set, model, data, seed, steps, device, threads, runs };
  return runCommand('train', params, options, { hasMetricRows: true });
}
