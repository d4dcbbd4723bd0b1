/**
 * What scenes look for in the shared workspace: the bundled dataset once it is there, and a run with
 * rollouts, which the first scene that asks for one starts. Comes in: the app's procedures. Goes out:
 * ids for routes.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Rpc } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

const IMPORTED_MS = 120_000;
const TRAINED_MS = 300_000;

/** Id of the bundled dataset, imported. */
export async function bundledDataset(rpc: Rpc): Promise<string> {
  let id = '';
  await until(async () => {
    const rows = await rpc.datasets.list.query();
    id = rows.find(({ status }) => status === 'ready')?.id ?? '';
    return id !== '';
  }, IMPORTED_MS);
  return id;
}

/** Id of a run of that name, started where there is none, with at least so many steps. */
async function runOf(rpc: Rpc, name: string, recipe: string, steps: number): Promise<string> {
  const find = async () => (await rpc.runs.list.query({})).find((run) => run.name === name);
  if ((await find()) === undefined) {
    const plan = { kind: 'train', recipe, steps } as const;
    await rpc.runs.enqueue.mutate({ entries: [{ name, plan }] });
    await rpc.runs.startQueue.mutate();
  }
  await until(async () => ((await find())?.step ?? 0) >= steps, TRAINED_MS);
  return (await find())?.id ?? '';
}

/** A finished GRPO run: curves, health, rollouts. */
export function onlineRun(rpc: Rpc): Promise<string> {
  return runOf(rpc, 'walks, thought aloud', 'starter-grpo', 12);
}

/** A finished supervised run, for lists. */
export function supervisedRun(rpc: Rpc): Promise<string> {
  return runOf(rpc, 'cold start', 'starter-sft', 40);
}

/** Runs preflight over a dataset, to its end. */
export async function checked(rpc: Rpc, dataset: string): Promise<void> {
  await rpc.datasets.runPreflight.mutate({ dataset });
  await until(async () => {
    const { report, running } = await rpc.datasets.preflight.query({ dataset });
    return report !== null && running === null;
  }, IMPORTED_MS);
}

const COLOURS = ['teal', 'orchid', 'goldenrod', 'tomato'];

/** A folder as people bring it: JSONL in ShareGPT's form, pictures beside it, a column of their own. */
export async function foreignFile(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rationale-shapes-'));
  const rows = COLOURS.map((colour, index) => ({
    conversations: [
      { from: 'human', value: '<image>\nWhich colour is the square?' },
      {
        from: 'gpt',
        value: `<think>One square fills the middle.</think><answer>${colour}</answer>`,
      },
    ],
    images: [`pictures/${index}.png`],
    source: 'hand-made',
    difficulty: index,
  }));
  mkdirSync(join(folder, 'pictures'));
  for (const [index, colour] of COLOURS.entries()) {
    const square = `<svg width="160" height="120"><rect x="40" y="20" width="80" height="80" fill="${colour}"/></svg>`;
    await sharp(Buffer.from(square))
      .png()
      .toFile(join(folder, 'pictures', `${index}.png`));
  }
  const path = join(folder, 'shapes.jsonl');
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}
