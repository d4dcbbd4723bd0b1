/** Run folders with real checkpoints, made by the train job on a tiny model. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeTinyModel } from '../../support/tiny-folder.ts';
import { runTraining } from '../../support/train-run.ts';

export interface TinyRuns {
  /** Folder of the tiny model, a Hugging Face folder. */
  readonly model: string;
  /** A supervised run of 3 steps with a checkpoint at each. */
  readonly base: string;
  /** A GRPO run of 2 steps on the last checkpoint of `base`. */
  readonly next: string;
  /** A LoRA run of 1 step on the tiny model. */
  readonly lora: string;
}

/** @param workspace its runs are written to `runs/` of it */
export async function makeTinyRuns(workspace: string, models: string): Promise<TinyRuns> {
  const model = await writeTinyModel(models);
  const runs = join(workspace, 'runs');
  const every = { 'training.checkpointEvery': 1, 'training.keepCheckpoints': 10 };
  const small = { 'training.promptsPerStep': 2, 'data.tasks': { follow: 1 } };
  const base = await run(runs, {
    recipe: 'sft',
    model,
    steps: 3,
    set: { ...every, ...small },
  });
  const next = await run(runs, {
    recipe: 'grpo',
    model: join(runs, base, 'checkpoints/step-000003'),
    steps: 2,
    set: { ...every, ...small, 'rollout.groupSize': 2, 'rollout.maxCompletionTokens': 4 },
  });
  const lora = await run(runs, {
    recipe: 'sft',
    model,
    steps: 1,
    set: { ...every, ...small, 'model.lora': { rank: 2 } },
  });
  return { model, base, next, lora };
}

async function run(runs: string, params: Record<string, unknown>): Promise<string> {
  const before = new Set(namesIn(runs));
  const { error } = await runTraining({ action: 'start', runs, ...params });
  if (error !== undefined) throw error;
  const id = namesIn(runs).find((name) => !before.has(name));
  if (id === undefined) throw new Error('the run left no folder');
  return id;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
