/** A run folder written by hand, in the form of the engine. Comes in: rollouts by step. Goes out: its id. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutRow } from '../../src/shared/protocol/results.ts';

export const TERMS = ['answer-accuracy', 'format-tags'];

export function writeRun(runs: string, id: string, steps: Record<number, RolloutRow[]>): string {
  const folder = join(runs, id);
  mkdirSync(join(folder, 'rollouts'), { recursive: true });
  mkdirSync(join(folder, 'checkpoints'), { recursive: true });
  for (const [step, rows] of Object.entries(steps)) writeStep(folder, Number(step), rows);
  const at = '2026-01-01T00:00:00.000Z';
  const lines = Object.keys(steps).map((step) =>
    JSON.stringify({ step: Number(step), at: Date.parse(at), values: { 'reward/mean': 1 } }),
  );
  writeFileSync(join(folder, 'metrics.jsonl'), lines.map((line) => `${line}\n`).join(''));
  writeFileSync(
    join(folder, 'events.jsonl'),
    `${JSON.stringify({ seq: 0, at, kind: 'started', data: { steps: 10 } })}\n`,
  );
  const config = {
    recipe: 'grpo',
    slots: {
      model: { path: 'starter' },
      data: { source: 'world' },
      rollout: { groupSize: 2, temperature: 1, topP: 1, topK: 0 },
      training: { steps: 10, promptsPerStep: 2, seed: 3 },
      reward: { terms: TERMS.map((kind, i) => ({ kind, weight: i === 0 ? 1 : 0.5 })) },
      objective: { kind: 'policy' },
    },
  };
  writeFileSync(
    join(folder, 'run.json'),
    JSON.stringify({ format: 1, id, recipe: 'grpo', seed: 3, createdAt: at, version: '0', config }),
  );
  return id;
}

export function writeStep(folder: string, step: number, rows: readonly RolloutRow[]): void {
  const name = join(folder, 'rollouts', `step-${String(step).padStart(6, '0')}.jsonl`);
  writeFileSync(`${name}.tmp`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  renameSync(`${name}.tmp`, name);
}

/** A completion of one token per character. */
export function completion(
  prompt: string,
  sample: number,
  text: string,
  part: Partial<RolloutRow> = {},
): RolloutRow {
  const ids = [...text].map((character) => character.codePointAt(0) ?? 0);
  const isRight = /<answer>14<\/answer>/.test(text);
  return {
    prompt,
    sample,
    text,
    question: 'By how many tonnes did north exceed the mean?',
    images: [],
    world: null,
    task: 'figure',
    difficulty: 2,
    target: '14',
    extracted: /<answer>(.*)<\/answer>/.exec(text)?.[1] ?? null,
    right: isRight,
    reward: isRight ? 1 : 0,
    terms: [isRight ? 1 : 0, 0],
    term_names: TERMS,
    advantage: isRight ? 1 : -1,
    finish: 'stop',
    ids,
    tokens: [...text],
    logprobs: ids.map(() => -1),
    ref_logprobs: null,
    entropy: ids.map(() => 0.5),
    ...part,
  };
}
