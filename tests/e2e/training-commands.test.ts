/** Training from the command line: the shorthands, what they leave, going on, and being killed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasStarter, jsonLines, rationale } from '../support/cli.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';
import { filesOf, metricsOf } from '../support/train-run.ts';

const TRACES = fileURLToPath(new URL('../../resources/traces/follow-short.jsonl', import.meta.url));
/** Each test is several processes; a busy machine takes its time. */
const SLOW = { timeout: 240_000 };
let base: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'rationale-train-'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const run = (...args: string[]) => rationale(args, { cwd: base });
const SMALL = [
  '--set',
  'data.tasks={"follow":1}',
  '--set',
  'training.promptsPerStep=2',
  '--seed',
  '3',
];

describe.skipIf(!hasStarter())('the starter', SLOW, () => {
  it.each([
    ['sft', []],
    ['sft', ['--set', 'model.lora.rank=4']],
    ['grpo', ['--set', 'rollout.groupSize=4', '--set', 'rollout.maxCompletionTokens=12']],
    ['dpo', []],
  ])('learns by %s %j; the result is a model again', async (recipe, more) => {
    const cwd = mkdtempSync(join(base, 'own-'));
    const own = (...args: string[]) => rationale(args, { cwd });
    const trained = await own(recipe, '--steps', '2', ...SMALL, ...more, '--json');
    expect(trained).toMatchObject({ code: 0 });
    const rows = jsonLines(trained.stdout);
    expect(rows.map((row) => row['step'])).toEqual([1, 2, undefined]);
    expect(Number.isFinite(rows[1]?.['gradient/norm'] ?? rows[1]?.['reward/mean'])).toBe(true);
    const id = String(rows[2]?.['run']);

    const listed = await own('run', 'list', '--json');
    expect(jsonLines(listed.stdout)).toEqual([
      expect.objectContaining({
        run: id,
        recipe,
        seed: 3,
        status: 'finished',
        step: 2,
        checkpoints: 1,
      }),
    ]);
    const shown = await own('run', 'show', 'latest', '--json');
    const kinds = jsonLines(shown.stdout).map((row) => row['kind']);
    expect(kinds).toEqual(
      expect.arrayContaining([
        'run',
        'event',
        'metrics',
        'checkpoint',
        ...(recipe === 'grpo' ? ['rollout'] : []),
      ]),
    );

    const longer = await own('run', 'resume', id.slice(0, 15), '--steps', '3', '--json');
    expect(longer).toMatchObject({ code: 0 });
    expect(jsonLines(longer.stdout).map((row) => row['step'])).toEqual([3, undefined]);

    const checkpoint = join('runs', id, 'checkpoints', 'step-000003');
    const ask = ['--prompt', 'what is in a1?', '--temperature', '0', '--max-tokens', '4', '--json'];
    for (const model of [checkpoint, join(checkpoint, 'model')]) {
      const answered = await own('generate', '--model', model, ...ask);
      expect(answered).toMatchObject({ code: 0 });
      expect(jsonLines(answered.stdout)[0]?.['tokens']).toBeGreaterThan(0);
    }
  });
});

describe('a killed run', SLOW, () => {
  it('goes on from its last checkpoint to the same weights, bit for bit', async () => {
    const model = await writeTinyModel(base);
    const start = (runs: string, onLine?: Parameters<typeof rationale>[1]['onLine']) => {
      const args = ['run', 'start', 'sft', '--model', model, '--data', TRACES, '--runs', runs];
      const settings = [
        'training.promptsPerStep=2',
        'training.checkpointEvery=2',
        'optimizer.learningRate=1e-2',
      ];
      const set = settings.flatMap((field) => ['--set', field]);
      return rationale([...args, ...set, '--steps', '12', '--threads', '2', '--json'], {
        cwd: base,
        ...(onLine === undefined ? {} : { onLine }),
      });
    };
    expect(await start('whole')).toMatchObject({ code: 0 });
    const killed = await start('parts', (line, child) => {
      if (!line.startsWith('{"step":5,')) return;
      // The engine, wherever it is in its sixth step, and then the command that waits for it.
      for (const pid of descendants(child.pid ?? 0).toReversed()) process.kill(pid, 'SIGKILL');
      child.kill('SIGKILL');
    });
    expect(killed.code).not.toBe(0);
    const listed = await run('run', 'list', '--runs', 'parts', '--json');
    expect(jsonLines(listed.stdout)).toMatchObject([{ status: 'interrupted' }]);
    const resumed = await run(
      'run',
      'resume',
      'latest',
      '--runs',
      'parts',
      '--threads',
      '2',
      '--json',
    );
    expect(resumed).toMatchObject({ code: 0 });
    const first = Number(jsonLines(resumed.stdout)[0]?.['step']);
    expect(first % 2).toBe(1);
    expect(first).toBeGreaterThan(1);

    const [whole, parts] = ['whole', 'parts'].map((name) => {
      const [id = ''] = readdirSync(join(base, name));
      return join(base, name, id);
    });
    expect(metricsOf(parts ?? '')).toEqual(metricsOf(whole ?? ''));
    const last = join('checkpoints', 'step-000012');
    const expected = filesOf(join(whole ?? '', last));
    const found = filesOf(join(parts ?? '', last));
    for (const [file, bytes] of expected)
      expect([file, found.get(file)?.equals(bytes)]).toEqual([file, true]);
  });
});

describe('a run that is asked to stop', SLOW, () => {
  it('by Ctrl-C saves where it is, says so with its exit code and goes on later', async () => {
    const model = await writeTinyModel(base);
    const args = ['sft', '--model', model, '--data', TRACES, '--runs', 'asked', '--json'];
    const stopped = await rationale([...args, '--steps', '4000', '--threads', '2'], {
      cwd: base,
      onLine: (line, child) => {
        if (line.startsWith('{"step":3,')) child.kill('SIGINT');
      },
    });
    expect(stopped.code).toBe(130);
    const [row] = jsonLines((await run('run', 'list', '--runs', 'asked', '--json')).stdout);
    expect(row).toMatchObject({ status: 'cancelled', checkpoints: 1 });
    const done = Number(row?.['step']);
    expect(done).toBeGreaterThanOrEqual(3);
    const steps = ['--steps', String(done + 1)];
    const resumed = await run('run', 'resume', 'latest', '--runs', 'asked', ...steps, '--json');
    expect(resumed).toMatchObject({ code: 0 });
    expect(jsonLines(resumed.stdout).map((line) => line['step'])).toEqual([done + 1, undefined]);
  });
});

/** Process ids below a process, parents first. */
function descendants(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const children = text.split(' ').filter((id) => id !== '');
  return children.flatMap((id) => [Number(id), ...descendants(Number(id))]);
}
