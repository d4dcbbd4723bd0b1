/**
 * What scenes look for in the shared workspace: the bundled dataset once it is there, and a run with
 * rollouts, which the first scene that asks for one starts. Comes in: the app's procedures. Goes out:
 * ids for routes.
 */
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
