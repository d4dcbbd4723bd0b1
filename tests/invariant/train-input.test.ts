/** What a training run is told, before its first step: seeds, models, checkpoints, adapters. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../src/engine/files/safetensors.ts';
import { isLora } from '../../src/engine/policy/policy.ts';
import { listCheckpoints, readRunRecord } from '../../src/engine/run-folder/read.ts';
import { Runtime } from '../../src/engine/runtime/runtime.ts';
import { openModel } from '../../src/engine/training/open-model.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';
import { runTraining } from '../support/train-run.ts';

const TRACES = fileURLToPath(new URL('../../resources/traces/follow-short.jsonl', import.meta.url));
let base: string;
let model: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-input-'));
  model = await writeTinyModel(base);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function train(params: Record<string, unknown>, runs = mkdtempSync(join(base, 'runs-'))) {
  const { error } = await runTraining({
    action: 'start',
    recipe: 'sft',
    data: TRACES,
    model,
    runs,
    steps: 1,
    device: 'cpu',
    threads: 2,
    ...params,
    set: { 'training.promptsPerStep': 1, ...(params['set'] as object) }, // objects below
  });
  const [name] = readdirSync(runs);
  return { error, runs, run: name === undefined ? undefined : join(runs, name) };
}

function seedsOf(run: string | undefined): unknown {
  const { seed, config } = readRunRecord(run ?? '');
  // run.json holds the resolved recipe.
  const slots = config['slots'] as { training: { seed: number }; data: { seed: number } };
  return [seed, slots.training.seed, slots.data.seed];
}

describe('seeds', () => {
  it('are those of the recipe unless one is given for everything', async () => {
    const own = await train({ set: { 'training.seed': 5, 'data.seed': 6 } });
    expect(seedsOf(own.run)).toEqual([5, 5, 6]);
    const given = await train({ seed: 9 });
    expect(seedsOf(given.run)).toEqual([9, 9, 9]);
  });
});

describe('bad input', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['no such model', { model: '/nowhere/at/all' }, 'file/missing'],
    ['no such data', { data: '/nowhere/at/all.jsonl' }, 'file/missing'],
    ['an unknown field', { set: { 'training.stepz': 3 } }, 'recipe/invalid'],
    [
      'an unknown task',
      { data: undefined, set: { 'data.tasks': { nothing: 1 } } },
      'world/unknown-task',
    ],
    [
      'a gradient through the masked pass',
      { recipe: 'papo', data: undefined, set: { 'objective.perception.throughMasked': true } },
      'recipe/invalid',
    ],
    ['dropout', { set: { 'model.lora.dropout': 0.1 } }, 'recipe/invalid'],
  ])('%s leaves no run behind', async (_, params, code) => {
    const { error, run } = await train(params);
    expect(error).toMatchObject({ code });
    expect(run).toBeUndefined();
  });

  it('weights that were cut short leave no run behind', async () => {
    const cut = await writeTinyModel(base);
    truncateSync(join(cut, 'model.safetensors'), 5000);
    const { error, run } = await train({ model: cut });
    expect(error).toMatchObject({ code: 'safetensors/corrupt' });
    expect(run).toBeUndefined();
  });
});

describe('resuming', () => {
  async function resume(change: (checkpoint: string) => Promise<void> | void): Promise<unknown> {
    const { runs, run } = await train({});
    await change(listCheckpoints(run ?? '').at(-1)?.path ?? '');
    const { error } = await runTraining({
      action: 'resume',
      run: 'latest',
      runs,
      steps: 2,
      device: 'cpu',
      threads: 2,
    });
    // The run is free again, whatever happened.
    expect(existsSync(join(run ?? '', 'lock'))).toBe(false);
    return error;
  }

  it('goes further than was planned', async () => {
    expect(await resume(() => undefined)).toBeUndefined();
  });

  it.each(['weights', 'optimizer'])('refuses a checkpoint without all %s', async (file) => {
    const error = await resume(async (checkpoint) => {
      const path = join(checkpoint, 'training', `${file}.safetensors`);
      const bytes = readFileSync(path);
      const { tensors } = openSafetensors(path);
      const kept = new Map(
        [...tensors].slice(1).map(([name, t]) => [name, { ...t, bytes: t.bytes }]),
      );
      const copy = `${path}.copy`;
      writeFileSync(copy, bytes);
      await writeSafetensors(path, openKept(copy, [...kept.keys()]));
      rmSync(copy);
    });
    expect(error).toMatchObject({ code: 'checkpoint/corrupt' });
  });

  it('refuses a state that is none', async () => {
    const error = await resume((checkpoint) => {
      writeFileSync(join(checkpoint, 'training', 'state.json'), '{"format": 1, "step": -1}');
    });
    expect(error).toMatchObject({ code: 'checkpoint/corrupt' });
  });
});

function openKept(path: string, names: readonly string[]) {
  return new Map([...openSafetensors(path).tensors].filter(([name]) => names.includes(name)));
}

describe('a trained adapter', () => {
  it('opens on its base, whatever model that is', async () => {
    const { error, run } = await train({
      set: { 'model.lora.rank': 2, 'optimizer.learningRate': 0.1 },
    });
    expect(error).toBeUndefined();
    const runtime = Runtime.open({ threads: 2 });
    const { policy, bundle } = openModel(runtime, listCheckpoints(run ?? '').at(-1)?.path ?? '');
    expect(bundle.folder).toBe(model);
    const factors = [...policy.params.keys()].filter(isLora);
    expect(factors).toHaveLength(2 * 7 * 2);
    const moved = factors.filter((name) => name.endsWith('lora_b'));
    for (const name of moved)
      expect(runtime.readF32(policy.param(name)).some((x) => x !== 0)).toBe(true);
    policy.dispose();
  });
});
