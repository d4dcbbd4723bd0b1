/** A number that is not finite ends the run, names its stage, stores what the step saw, moves nothing. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { supervisedStep } from '../../src/engine/loop/supervised.ts';
import { ADAMW_DEFAULTS } from '../../src/engine/optimizer/adamw.ts';
import { Learner } from '../../src/engine/policy/learner.ts';
import { packTrees } from '../../src/engine/policy/pack.ts';
import { scoreBranches, trimBranches } from '../../src/engine/policy/score.ts';
import { Rng } from '../../src/engine/rng.ts';
import { inspectRun, listCheckpoints } from '../../src/engine/run-folder/read.ts';
import { Runtime } from '../../src/engine/runtime/runtime.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';
import { promptWith, randomText, tinyPolicy } from '../support/tiny-model.ts';
import { runTraining } from '../support/train-run.ts';

const TRACES = fileURLToPath(new URL('../../resources/traces/follow-short.jsonl', import.meta.url));
/** Infinity once it is a float32. */
const RATE = 1e39;

let base: string;
let model: string;
let broken: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-non-finite-'));
  model = await writeTinyModel(base);
  broken = await writeTinyModel(base, { norm: Number.NaN });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function failing(params: Record<string, unknown>) {
  const runs = mkdtempSync(join(base, 'runs-'));
  const { error, events } = await runTraining({
    action: 'start',
    model,
    runs,
    steps: 3,
    device: 'cpu',
    threads: 2,
    ...params,
  });
  const [name = ''] = readdirSync(runs);
  const run = join(runs, name);
  const stored = readdirSync(run).find((file) => file.startsWith('non-finite'));
  // What the run wrote, read by nobody else here.
  const seen = (
    stored === undefined ? undefined : JSON.parse(readFileSync(join(run, stored), 'utf8'))
  ) as { step: number; items: string[]; rollouts: { ids: number[]; prompt: string }[] } | undefined;
  return { error, run, seen, steps: events.filter(({ type }) => type === 'metric').length };
}

const GRPO = {
  recipe: 'grpo',
  set: {
    'data.tasks': { follow: 1 },
    'training.promptsPerStep': 2,
    'rollout.groupSize': 3,
    'rollout.maxCompletionTokens': 8,
    'reward.terms': [{ kind: 'length-penalty', cushion: 1 }],
  },
};

describe('a run', () => {
  it('of supervised training ends at the loss and keeps the items', async () => {
    const { error, run, seen } = await failing({
      recipe: 'sft',
      data: TRACES,
      model: broken,
      set: { 'training.promptsPerStep': 2 },
    });
    expect(error).toMatchObject({
      code: 'train/non-finite',
      details: { stage: 'loss', step: 1, stored: join(run, 'non-finite-step-1.json') },
    });
    expect(seen).toMatchObject({ step: 1, rollouts: [] });
    expect(seen?.items).toHaveLength(2);
    expect(seen?.items[0]).toMatch(/^follow\/train\//);
    expect(inspectRun(run).status).toBe('failed');
    expect(listCheckpoints(run)).toEqual([]);
  });

  it('of online RL ends at the rollout, even where all rewards agree', async () => {
    const { error, seen } = await failing({ ...GRPO, model: broken });
    expect(error).toMatchObject({
      code: 'train/non-finite',
      details: { stage: 'rollout', step: 1 },
    });
    expect(seen?.items).toHaveLength(2);
  });

  it('of online RL keeps the rollouts that it could not learn from', async () => {
    // The first of two updates destroys the weights, the second one notices.
    const { error, seen } = await failing({
      ...GRPO,
      set: { ...GRPO.set, 'optimizer.learningRate': RATE, 'training.updatesPerStep': 2 },
    });
    expect(error).toMatchObject({ code: 'train/non-finite', details: { stage: 'loss', step: 1 } });
    expect(seen?.rollouts).toHaveLength(6);
    expect(seen?.rollouts[0]?.ids.length).toBeGreaterThan(0);
    expect(seen?.items).toContain(seen?.rollouts[0]?.prompt);
  });

  it('does not save weights that an update destroyed', async () => {
    const { error, run, steps } = await failing({
      ...GRPO,
      set: { ...GRPO.set, 'optimizer.learningRate': RATE, 'training.checkpointEvery': 1 },
    });
    expect(error).toMatchObject({ code: 'train/non-finite', details: { stage: 'update' } });
    expect(steps).toBe(1);
    expect(listCheckpoints(run)).toEqual([]);
  });
});

describe('a step', () => {
  const runtime = Runtime.open({ threads: 1 });
  const rng = Rng.from('non-finite');
  const tree = { prompt: promptWith(rng, 4), branches: [randomText(rng, 5)] };

  it('with a loss that is not finite leaves weights and moments alone', async () => {
    const policy = tinyPolicy(runtime);
    const norm = policy.param('norm');
    runtime.write(norm, runtime.readF32(norm).fill(Number.NaN, 0, 1));
    const learner = new Learner(policy, ADAMW_DEFAULTS);
    const before = [policy.snapshot(), learner.optimizer.state()];
    const step = supervisedStep(learner, [{ tree }], {
      learningRate: 1,
      maxGradNorm: 1,
      tokensPerPass: 100,
    });
    await expect(step).rejects.toMatchObject({
      code: 'train/non-finite',
      details: { stage: 'loss' },
    });
    expect([policy.snapshot(), learner.optimizer.state()]).toEqual(before);
    expect(learner.optimizer.updates).toBe(0);
    learner.dispose();
    policy.dispose();
  });

  it('with a gradient that is not finite leaves weights and moments alone', async () => {
    const policy = tinyPolicy(runtime);
    const learner = new Learner(policy, ADAMW_DEFAULTS);
    const packed = packTrees(policy.config, trimBranches([tree]));
    const request = { ...scoreBranches([tree], packed), temperature: 1 };
    const logprob = new Float32Array(request.index.length).fill(Number.POSITIVE_INFINITY);
    const before = [policy.snapshot(), learner.optimizer.state()];
    await learner.accumulate(packed, request, () => ({ logprob }));
    await expect(learner.update({ learningRate: 1, maxGradNorm: 1 })).rejects.toMatchObject({
      code: 'train/non-finite',
      details: { stage: 'gradient' },
    });
    expect([policy.snapshot(), learner.optimizer.state()]).toEqual(before);
    expect(learner.optimizer.updates).toBe(0);
    learner.dispose();
    policy.dispose();
  });
});
