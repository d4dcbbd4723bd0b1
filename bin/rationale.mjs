#!/usr/bin/env node
/**
 * `npx rationale`: starts the command line interface with Node 24, whatever Node called it. Plain
 * JavaScript for Node 20. Comes in: arguments. Goes out: the exit code of src/main/cli.ts. `rationale
 * app` and `rationale serve` start the app as `npm start` and `npm run serve` do.
 */
import { join } from 'node:path';
import { become, findNode24, root } from '../scripts/node24.mjs';

const node24 = findNode24();
if (node24 === null) {
  process.stderr.write(
    'error[cli/usage]: Node 24 was not found\nhint: run npm run setup in the repository\n',
  );
  process.exit(2);
}
const [command, ...rest] = process.argv.slice(2);
const start = join(root, 'scripts/start.mjs');
/** What is no job of the engine. */
const hosts = { app: [start, ...rest], serve: [start, '--browser', ...rest] };
become(node24, hosts[command] ?? [join(root, 'src/main/cli.ts'), ...process.argv.slice(2)]);
