/** A dry run: measured numbers that fit together, nothing left on disk, the errors of a real start. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dryRunJob } from '../../../src/engine/jobs/dry-run.ts';
import { dryRunResult } from '../../../src/shared/protocol/results.ts';
import { runJob } from '../../support/run-job.ts';
import { writeTinyModel } from '../../support/tiny-folder.ts';

const TRACES = fileURLToPath(
  new URL('../../../resources/traces/follow-short.jsonl', import.meta.url),
);
let base: string;
let model: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-dry-'));
  model = await writeTinyModel(base);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const dry = async (params: object) => {
  const { rows } = await runJob(dryRunJob, { model, device: 'cpu', threads: 2, ...params });
  return dryRunResult.parse(rows[0]);
};

it('of online RL measures sampling, every stage and what the whole run takes', async () => {
  const before = readdirSync(base);
  const found = await dry({
    recipe: 'grpo',
    steps: 40,
    set: {
      'training.promptsPerStep': 2,
      'training.evaluateEvery': 20,
      'training.checkpointEvery': 10,
      'rollout.groupSize': 3,
      'rollout.maxCompletionTokens': 8,
    },
  });
  expect(found).toMatchObject({ recipe: 'grpo', shape: 'online-rl', steps: 40, device: 'cpu' });
  expect(found.metrics['rollout/completions']).toBe(6);
  expect(found.rolloutTokensPerSecond).toBeGreaterThan(0);
  const { total, stages } = found.secondsPerStep;
  expect(Object.keys(stages).sort()).toEqual([
    'advantage',
    'data',
    'optimizer',
    'prefill',
    'reference',
    'reward',
    'rollout',
    'update',
  ]);
  // Stages stand beside each other: together they are no more than the step.
  const sum = Object.values(stages).reduce((all, seconds) => all + seconds, 0);
  expect(sum).toBeLessThanOrEqual(total * 1.001);
  expect(found.predictedSeconds).toBeGreaterThan(40 * total);
  expect(found.peakBytes).toBeGreaterThanOrEqual(found.loadedBytes);
  expect(found.predictedDiskBytes).toBeGreaterThanOrEqual(2 * found.checkpointBytes);
  // Untrained: no answer is right, so no group teaches.
  expect(found.warnings.map(({ message }) => message).join()).toContain('teach nothing');
  expect(readdirSync(base)).toEqual(before);
});

it('of supervised training and of LoRA counts what is trained', async () => {
  const set = { 'training.promptsPerStep': 2, 'training.steps': 500 };
  const whole = await dry({ recipe: 'sft', data: TRACES, set });
  const lora = await dry({ recipe: 'sft', data: TRACES, set: { ...set, 'model.lora.rank': 2 } });
  expect(whole.rolloutTokensPerSecond).toBeNull();
  expect(whole.trainedParameters).toBe(whole.parameters);
  expect(lora.trainedParameters).toBeLessThan(lora.parameters / 5);
  expect(lora.checkpointBytes).toBeLessThan(whole.checkpointBytes / 5);
  expect(whole.warnings.map(({ message }) => message).join()).toContain('checkpoint');
});

it('of what cannot start is the error of the start', async () => {
  const bad = join(base, 'bad.jsonl');
  writeFileSync(bad, '{"prompt":"no completion"}\n');
  await expect(dry({ recipe: 'sft', data: bad })).rejects.toMatchObject({
    code: 'dataset/bad-row',
  });
  await expect(dry({ recipe: 'grpx' })).rejects.toMatchObject({ code: 'recipe/unknown' });
  await expect(dry({ recipe: 'grpo', model: base })).rejects.toMatchObject({
    code: 'file/missing',
  });
});
