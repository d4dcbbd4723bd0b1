/**
 * A run that was stopped and resumed is the run that was never stopped: weights, moments, metrics and
 * rollouts, bit for bit. And a checkpoint is whole or not there.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectRun, listCheckpoints } from '../../src/engine/run-folder/read.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';
import { filesOf, metricsOf, runTraining } from '../support/train-run.ts';

let base: string;
let model: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-resume-'));
  model = await writeTinyModel(base);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const TRACES = fileURLToPath(new URL('../../resources/traces/follow-short.jsonl', import.meta.url));

const RUNS: Record<string, Record<string, unknown>> = {
  sft: {
    recipe: 'sft',
    data: TRACES,
    set: { 'training.promptsPerStep': 3, 'optimizer.weightDecay': 0.01, 'data.limit': 10 },
  },
  'sft with LoRA': {
    recipe: 'sft',
    data: TRACES,
    set: {
      'training.promptsPerStep': 2,
      'model.lora.rank': 2,
      'model.lora.targets': ['q_proj', 'down_proj'],
    },
  },
  // Reference, masked twin, several updates a step, resampling: everything that has a state or a draw.
  papo: {
    recipe: 'papo',
    set: {
      'data.tasks': { follow: 1, read: 1 },
      'training.promptsPerStep': 4,
      'training.updatesPerStep': 2,
      'rollout.groupSize': 3,
      'rollout.maxCompletionTokens': 10,
      'rollout.filter': { kind: 'group-spread', maxRounds: 2 },
      'reward.terms': [{ kind: 'length-penalty', cushion: 1 }],
    },
  },
  dpo: { recipe: 'dpo', data: TRACES, set: { 'training.promptsPerStep': 2 } },
};

/** @returns the folder of the only run below `runs` */
function only(runs: string): string {
  const [name = '', ...others] = readdirSync(runs);
  expect(others).toEqual([]);
  return join(runs, name);
}

describe('a stop while completions are sampled', () => {
  it('does not wait for them, and loses nothing', async () => {
    const params = (runs: string) => ({
      action: 'start',
      ...RUNS['papo'],
      model,
      runs: join(base, runs),
      steps: 3,
      seed: 5,
      device: 'cpu',
      threads: 2,
    });
    expect((await runTraining(params('sampling-whole'))).error).toBeUndefined();
    const stopped = await runTraining(params('sampling'), { stopAfter: 1, isLate: true });
    expect(stopped.error).toMatchObject({ code: 'engine/cancelled' });
    const run = only(join(base, 'sampling'));
    expect(inspectRun(run)).toMatchObject({ status: 'cancelled', step: 1 });
    expect(listCheckpoints(run).map(({ step }) => step)).toEqual([1]);
    const resume = { action: 'resume', run: 'latest', device: 'cpu', threads: 2 };
    const resumed = await runTraining({ ...resume, runs: join(base, 'sampling') });
    expect(resumed.error).toBeUndefined();
    const whole = only(join(base, 'sampling-whole'));
    expect(metricsOf(run)).toEqual(metricsOf(whole));
    const last = join('checkpoints', 'step-000003', 'training');
    expect(filesOf(join(run, last))).toEqual(filesOf(join(whole, last)));
  });
});

describe.each(Object.entries(RUNS))('%s', (name, run) => {
  const steps = 6;
  const start = (runs: string) => ({
    action: 'start',
    ...run,
    model,
    runs,
    steps,
    seed: 5,
    device: 'cpu',
    threads: 2,
    // Rates at which six steps are felt, and a schedule that knows the end.
    set: {
      'optimizer.learningRate': 1e-2,
      'schedule.kind': 'linear',
      'training.checkpointEvery': 2,
      ...(run['set'] as object), // objects in the table above
    },
  });

  it('resumed is the run that was never stopped', async () => {
    const folder = (part: string) => join(base, name.replaceAll(' ', '-'), part);
    expect((await runTraining(start(folder('whole')))).error).toBeUndefined();
    const stopped = await runTraining(start(folder('parts')), { stopAfter: 3 });
    expect(stopped.error).toMatchObject({ code: 'engine/cancelled' });
    const parts = only(folder('parts'));
    expect(inspectRun(parts)).toMatchObject({ status: 'cancelled', step: 3 });
    expect(listCheckpoints(parts).map(({ step }) => step)).toEqual([2, 3]);
    // What a crash between two checkpoints leaves: more steps on paper than in the checkpoint, a
    // half-written folder, a torn line.
    rmSync(listCheckpoints(parts).at(-1)?.path ?? '', { recursive: true });
    mkdirSync(join(parts, 'checkpoints', '.step-000004.0a1b2c.tmp', 'training'), {
      recursive: true,
    });
    writeFileSync(join(parts, 'metrics.jsonl'), '{"step":4,"val', { flag: 'a' });
    const resumed = await runTraining({
      action: 'resume',
      run: 'latest',
      runs: folder('parts'),
      device: 'cpu',
      threads: 2,
    });
    expect(resumed.error).toBeUndefined();
    expect(resumed.events.filter(({ type }) => type === 'metric')).toHaveLength(4);
    const whole = only(folder('whole'));
    expect(metricsOf(parts)).toEqual(metricsOf(whole));
    const [own, expected] = [parts, whole].map((path) =>
      filesOf(join(path, 'checkpoints', 'step-000006')),
    );
    expect([...(own?.keys() ?? [])]).toEqual([...(expected?.keys() ?? [])]);
    for (const [file, bytes] of expected ?? []) {
      expect([file, own?.get(file)?.equals(bytes)]).toEqual([file, true]);
    }
    expect(filesOf(join(parts, 'rollouts'))).toEqual(filesOf(join(whole, 'rollouts')));
    expect(inspectRun(parts)).toMatchObject({ status: 'finished', step: 6 });
    // It learned something: the first and the last checkpoint differ.
    const earlier = filesOf(join(whole, 'checkpoints', 'step-000004'));
    const weights = join('training', 'weights.safetensors');
    expect(earlier.get(weights)?.equals(expected?.get(weights) ?? Buffer.of())).toBe(false);
  });
});
