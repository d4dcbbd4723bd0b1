/**
 * `npm run check`: types, lint, import rules, dead code, tests, in this order and all of them even
 * when one fails. Comes in: `--all` to run the slow end-to-end tests too (`npm test` does), `--fix`
 * to let the linter write, further arguments for vitest. Goes out: one line per step, the whole
 * output of a step that failed, exit code 1 for any failure, and `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { findNode24, root } from './node24.mjs';

const args = process.argv.slice(2);
const isAll = args.includes('--all');
const isFix = args.includes('--fix');
const vitestArgs = args.filter((arg) => arg !== '--all' && arg !== '--fix');

const node24 = findNode24() ?? process.execPath;
const environment = {
  ...process.env,
  PATH: `${dirname(node24)}${delimiter}${process.env.PATH ?? ''}`,
  ...(isAll ? { RATIONALE_ALL_TESTS: '1' } : {}),
};

/** The static steps: name, script in node_modules, arguments. None of them needs another. */
const staticSteps = [
  [
    'types',
    'typescript/bin/tsc',
    [
      '--noEmit',
      '-p',
      '.',
      '--incremental',
      '--tsBuildInfoFile',
      'node_modules/.cache/tsc.tsbuildinfo',
    ],
  ],
  // Each process compiles with itself and shared in view: an import of another one is an error.
  ['layers', 'typescript/bin/tsc', ['-b', 'src/main', 'src/engine', 'src/preload', 'src/renderer']],
  [
    'lint',
    '@biomejs/biome/bin/biome',
    ['check', '--error-on-warnings', '--max-diagnostics=60', ...(isFix ? ['--write'] : []), '.'],
  ],
  ['import rules', join(root, 'scripts/check-imports.mjs'), []],
  ['dead code', 'knip/bin/knip.js', ['--no-progress']],
];

/** @returns {Promise<{ isOk: boolean, output: string, seconds: number }>} */
function run(script, stepArgs, stdio) {
  const started = performance.now();
  return new Promise((done) => {
    const path = join(root, 'node_modules', script);
    const child = spawn(node24, [script.startsWith('/') ? script : path, ...stepArgs], {
      cwd: root,
      env: environment,
      stdio,
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('close', (code) =>
      done({ isOk: code === 0, output, seconds: (performance.now() - started) / 1000 }),
    );
  });
}

let isGreen = true;
function report(name, { isOk, output, seconds }) {
  isGreen &&= isOk;
  if (!isOk) process.stdout.write(`${output.trimEnd()}\n`);
  process.stdout.write(`${isOk ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)\n`);
}

const pending = [...staticSteps];
/** Two at a time: the project is developed on two cores. */
async function worker() {
  for (let step = pending.shift(); step !== undefined; step = pending.shift()) {
    const [name, script, stepArgs] = step;
    report(name, await run(script, stepArgs, ['ignore', 'pipe', 'pipe']));
  }
}
await Promise.all([worker(), worker()]);

const scratch = mkdtempSync(join(tmpdir(), 'rationale-check-'));
const jsonReport = join(scratch, 'vitest.json');
const tests = await run(
  'vitest/vitest.mjs',
  [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${jsonReport}`,
    ...vitestArgs,
  ],
  ['ignore', 'inherit', 'inherit'],
);
report('tests', tests);

let counts = { passed: 0, failed: 0, skipped: 0 };
try {
  const summary = JSON.parse(readFileSync(jsonReport, 'utf8'));
  counts = {
    passed: summary.numPassedTests,
    failed: summary.numFailedTests,
    skipped: summary.numPendingTests + summary.numTodoTests,
  };
} catch {
  process.stdout.write('FAIL the test report could not be read\n');
}
rmSync(scratch, { recursive: true, force: true });
if (counts.passed === 0) {
  process.stdout.write('FAIL no test ran\n');
  isGreen = false;
}
process.stdout.write(
  `\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`,
);
process.exit(isGreen ? 0 : 1);
