/**
 * A lab with runs on a real disk and real engines, and plans that train in a second or two. Comes in:
 * a tiny model. Goes out: the open lab, plans for it, and waiting until an item ended.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Lab } from '../../src/main/lab.ts';
import type { EnqueueEntry, QueueItem, TrainPlan } from '../../src/shared/model/run-queue.ts';
import { enqueueEntry } from '../../src/shared/model/run-queue.ts';
import { until } from './until.ts';

export const TRACES = fileURLToPath(
  new URL('../../resources/traces/follow-short.jsonl', import.meta.url),
);

/** A folder for models and the workspace. */
export function temporaryWorkspace(): string {
  return mkdtempSync(join(tmpdir(), 'rationale-runs-'));
}

export async function withLab(folder: string, work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await Lab.open({ workspace: join(folder, 'workspace') });
  try {
    await work(lab);
  } finally {
    await lab.dispose();
  }
}

export function dropWorkspace(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Online RL of a few completions per step; about a tenth of a second each on two cores. */
export function tinyGrpo(
  model: string,
  steps: number,
  set: Record<string, unknown> = {},
): TrainPlan {
  return {
    kind: 'train',
    recipe: 'grpo',
    model: { path: model },
    steps,
    seed: 5,
    device: 'cpu',
    threads: 2,
    set: {
      'data.tasks': { follow: 1 },
      'training.promptsPerStep': 3,
      'rollout.groupSize': 3,
      'rollout.maxCompletionTokens': 10,
      'training.checkpointEvery': 2,
      'optimizer.learningRate': 1e-3,
      'reward.terms': [{ kind: 'length-penalty', cushion: 1 }, { kind: 'answer-accuracy' }],
      ...set,
    },
  };
}

/** Supervised steps on written traces. */
export function tinySft(model: string, steps: number): TrainPlan {
  return {
    kind: 'train',
    recipe: 'sft',
    model: { path: model },
    data: { path: TRACES },
    steps,
    seed: 5,
    device: 'cpu',
    threads: 2,
    set: { 'training.promptsPerStep': 2 },
  };
}

export function entry(
  name: string,
  plan: EnqueueEntry['plan'],
  rest: Partial<EnqueueEntry> = {},
): EnqueueEntry {
  return enqueueEntry.parse({ name, plan, ...rest });
}

/** Puts entries in and waits until all of them ended. */
export async function runAll(lab: Lab, entries: EnqueueEntry[]): Promise<QueueItem[]> {
  const items = await lab.runs.queue.enqueue({ entries, isFirst: false });
  return await endOf(
    lab,
    items.map(({ id }) => id),
  );
}

export async function endOf(lab: Lab, ids: readonly string[]): Promise<QueueItem[]> {
  const found = () => {
    const { items } = lab.runs.queue.view();
    return ids.flatMap((id) => items.find((item) => item.id === id) ?? []);
  };
  await until(() => found().every(({ endedAt }) => endedAt !== null), 45_000);
  await lab.runs.settled();
  return found();
}
