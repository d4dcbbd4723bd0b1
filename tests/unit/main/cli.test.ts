/** The command line as a script meets it: real processes, stdout, stderr, exit codes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunFolder } from '../../../src/engine/run-folder/run-folder.ts';

const launcher = fileURLToPath(new URL('../../../bin/rationale.mjs', import.meta.url));
let base: string;

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'rationale-cli-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function rationale(...args: string[]): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [launcher, ...args], {
      cwd: base,
      env: { ...process.env, RATIONALE_RUNS: join(base, 'runs') },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const lines = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);

describe('bad input', () => {
  it.each([
    [['nonsense'], 'cli/usage'],
    [['run', 'show'], 'cli/usage'],
    [['demo', '--seed', 'x'], 'cli/usage'],
    [['demo', '--seed', '-1'], 'cli/usage'],
    [['run', 'start', 'grpo', '--set', 'novalue'], 'cli/usage'],
    [['run', 'show', '../../etc'], 'cli/usage'],
    [['run', 'show', 'absent'], 'run/missing'],
    [['run', 'resume', 'absent/../x'], 'cli/usage'],
    [['world', 'sample', '--task', 'nothing'], 'world/unknown-task'],
    [['world', 'sample', '--split', 'nothing'], 'cli/usage'],
    [['generate'], 'cli/usage'],
  ])('%j ends with code 2 and a typed error', async (args, code) => {
    const [plain, json] = await Promise.all([rationale(...args), rationale(...args, '--json')]);
    expect(plain.code).toBe(2);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toContain(`error[${code}]: `);
    expect(json.code).toBe(2);
    expect(json.stdout).toBe('');
    expect(lines(json.stderr).at(-1)).toMatchObject({ error: { code } });
  });
});

describe('help and version', () => {
  it('go to stdout with code 0', async () => {
    const help = await rationale('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const word of ['doctor', 'demo', 'recipe', 'run', 'generate', 'eval', 'world', 'parity']) {
      expect(help.stdout).toContain(word);
    }
    expect((await rationale('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('runs', () => {
  it('are listed and shown, for people and as JSON lines', async () => {
    expect(await rationale('run', 'list', '--json')).toMatchObject({ code: 0, stdout: '' });

    const run = await RunFolder.create(join(base, 'runs'), {
      recipe: 'sft',
      seed: 3,
      config: { lr: 0.5 },
    });
    run.appendEvent('started');
    run.appendMetrics(1, { 'objective/loss_nats': 2.25 });
    await run.writeRollouts(1, [{ completion: 'a circle', reward: 1 }]);
    run.appendEvent('finished');
    run.dispose();

    const list = await rationale('run', 'list', '--json');
    expect(lines(list.stdout)).toMatchObject([
      { run: run.id, recipe: 'sft', seed: 3, status: 'finished', step: 1 },
    ]);
    const show = await rationale('run', 'show', 'latest', '--json');
    expect(lines(show.stdout)).toMatchObject([
      { kind: 'run', run: run.id, config: { lr: 0.5 } },
      { kind: 'event', seq: 0 },
      { kind: 'event', seq: 1 },
      { kind: 'metrics', step: 1, values: { 'objective/loss_nats': 2.25 } },
      { kind: 'rollout', step: 1, rollout: { completion: 'a circle', reward: 1 } },
    ]);
    const page = await rationale('run', 'show', run.id.slice(0, 15));
    expect(page.code).toBe(0);
    for (const text of ['config.lr', 'objective/loss_nats', '2.25', 'a circle']) {
      expect(page.stdout).toContain(text);
    }
  });
});

describe('world sample', () => {
  it('prints the same JSON lines for the same seed, and nothing else on stdout', async () => {
    const args = ['world', 'sample', '--task', 'count', '--n', '3', '--seed', '5', '--json'];
    const [a, b] = await Promise.all([rationale(...args), rationale(...args)]);
    expect(a.stdout).toBe(b.stdout);
    expect(lines(a.stdout)).toHaveLength(3);
    expect(lines(a.stdout)[0]).toMatchObject({ task: 'count', split: 'train', images: [] });
  });
});

describe('Ctrl-C', () => {
  it('ends a job at a safe point with code 130 and whole lines', async () => {
    const args = ['world', 'sample', '--n', '1000000', '--json'];
    const child = spawn(process.execPath, [launcher, ...args], { cwd: base });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (stdout === '') child.kill('SIGINT');
      stdout += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(130);
    expect(stdout.endsWith('\n')).toBe(true);
    expect(lines(stdout).length).toBeGreaterThan(0);
  });
});
