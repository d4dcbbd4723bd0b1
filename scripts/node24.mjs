/**
 * Finds the Node 24 that runs this project's TypeScript sources directly. Plain JavaScript for
 * Node 20, used by the set-up scripts and by bin/rationale.mjs. Comes in: nothing. Goes out: the
 * path of a Node 24 binary (the npm package node-<platform>-<arch>, else a system Node that is new
 * enough), or null when there is none; and one way to hand this process over to it.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Repository root, absolute. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Type stripping without a flag or a warning needs this major version. */
const NEEDED_MAJOR = 24;

/** @returns {string | null} absolute path of a Node 24 or newer */
export function findNode24() {
  const bundled = join(
    root,
    'node_modules',
    `node-${process.platform}-${process.arch}`,
    'bin',
    'node',
  );
  if (existsSync(bundled)) return bundled;
  const major = Number(process.versions.node.split('.')[0]);
  return major >= NEEDED_MAJOR ? process.execPath : null;
}

/**
 * Runs Node 24 in place of this process: same terminal, signals passed on, same exit code.
 * @param {string} node24 @param {string[]} args
 */
export function become(node24, args, options = {}) {
  const child = spawn(node24, args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(node24)}${delimiter}${process.env.PATH ?? ''}` },
    ...options,
  });
  // A terminal sends Ctrl-C to the whole group, so the child may see it twice; the command line
  // counts signals that arrive together as one.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
