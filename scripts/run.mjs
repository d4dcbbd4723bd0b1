/**
 * `npm run demo`, `npm test`, `npm run bench`, `npm run screenshots`: set up what is missing, then run the thing with
 * Node 24. Comes in: a task name and its arguments. Goes out: the exit code of the task.
 */
import { become, root } from './node24.mjs';
import { setUpOrExit } from './setup.mjs';

const [task, ...rest] = process.argv.slice(2);

/** What each task runs, relative to the root. */
const commands = {
  demo: ['src/main/cli.ts', 'demo', ...rest],
  bench: ['src/main/cli.ts', 'bench', ...rest],
  test: ['scripts/check.mjs', '--all', ...rest],
  screenshots: ['scripts/screenshots.ts', ...rest],
  script: rest,
};
const command = commands[task];
if (command === undefined) {
  process.stderr.write(`unknown task '${task}': one of ${Object.keys(commands).join(', ')}\n`);
  process.exit(2);
}

become(setUpOrExit(), command, { cwd: root });
