/** Dynamic sampling: groups without spread are not trained on, and still count in what is reported. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMetrics } from '../../../src/engine/run-folder/read.ts';
import { writeTinyModel } from '../../support/tiny-folder.ts';
import { runTraining } from '../../support/train-run.ts';

let base: string;
let model: string;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-dynamic-'));
  model = await writeTinyModel(base);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('a step whose groups are all silent', () => {
  it.each([1, 2])('reports its rollouts and trains on none (%i rounds)', async (maxRounds) => {
    const runs = mkdtempSync(join(base, 'runs-'));
    const { error } = await runTraining({
      action: 'start',
      recipe: 'dapo',
      model,
      runs,
      steps: 1,
      device: 'cpu',
      threads: 2,
      set: {
        'training.promptsPerStep': 2,
        'rollout.groupSize': 2,
        'rollout.maxCompletionTokens': 6,
        'rollout.filter.maxRounds': maxRounds,
        // A model with random weights never gives this form: every reward is 0.
        'reward.terms': [{ kind: 'format-tags', weight: 1 }],
      },
    });
    expect(error).toBeUndefined();
    const [row] = readMetrics(join(runs, readdirSync(runs)[0] ?? ''));
    expect(row?.values).toMatchObject({
      'reward/mean': 0,
      'advantage/silent_group_share': 1,
      'rollout/groups_sampled': 2 * maxRounds,
    });
    expect(row?.values['rollout/length_tokens']).toBeGreaterThan(0);
    expect(row?.values).not.toHaveProperty('gradient/norm');
  });
});
