/**
 * `npx rationale ...`: arguments come in, one command runs, its exit code goes out (0 done, 1 a check
 * did not hold, 2 bad input, 130 cancelled). Composition only: commands live in ./commands.
 */
import { Command, CommanderError } from 'commander';
import { LabError } from '../shared/errors.ts';
import { PRODUCT_VERSION } from '../shared/product.ts';
import { addModelCommands } from './commands/model.ts';
import { addModelFolderCommands } from './commands/model-folder.ts';
import { addRecipeCommands } from './commands/recipe.ts';
import { addRunCommands } from './commands/run.ts';
import { addSystemCommands } from './commands/system.ts';
import { EXIT, exitCodeOf, formatError } from './terminal/exit.ts';

/** Started by bin/rationale.mjs before this program: they are no jobs of an engine. */
const APP_HELP = `
The app:
  app                            open the window, or serve it where there is none
  serve                          serve the app to a browser (see serve --help)
`;

function buildProgram(): Command {
  const program = new Command('rationale')
    .description('Train models to reason over images with reinforcement learning, on this machine.')
    .version(PRODUCT_VERSION)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', APP_HELP);
  addSystemCommands(program);
  addRecipeCommands(program);
  addRunCommands(program);
  addModelCommands(program);
  addModelFolderCommands(program);
  inheritSettings(program);
  return program;
}

/** Sub-commands were made before or after the settings: give all of them the same. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritSettings(child);
  }
}

function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) {
    if (thrown.exitCode === 0) return EXIT.ok;
    // commander has printed the help of a command group that was given no command.
    if (thrown.code === 'commander.help') return EXIT.badInput;
  }
  const error =
    thrown instanceof CommanderError
      ? new LabError('cli/usage', thrown.message.replace(/^error: /, ''), {
          hint: 'Add --help to see the options.',
        })
      : LabError.from(thrown);
  process.stderr.write(`${formatError(error, process.argv.includes('--json'))}\n`);
  return exitCodeOf(error);
}

try {
  await buildProgram().parseAsync(process.argv);
} catch (thrown) {
  process.exitCode = report(thrown);
}
