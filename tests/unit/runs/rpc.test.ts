/**
 * The routers of runs and rollouts as a window calls them: input that does not fit is refused with the
 * field named, unknown runs have a typed error, and a subscription goes on where it was cut.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTrackedEnvelope } from '@trpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, LabHolder } from '../../../src/main/lab.ts';
import { appRouter } from '../../../src/main/rpc/router.ts';
import { createCallerFactory } from '../../../src/main/rpc/trpc.ts';
import { RecentWorkspaces } from '../../../src/main/workspace/recent-workspaces.ts';
import type { RunWatch } from '../../../src/shared/model/app-run.ts';
import { completion, writeRun } from '../../support/rollout-run.ts';
import { dropWorkspace, temporaryWorkspace } from '../../support/runs-lab.ts';
import { until } from '../../support/until.ts';

let folder: string;
let lab: Lab;
let caller: ReturnType<
  ReturnType<typeof createCallerFactory<(typeof appRouter)['_def']['record']>>
>;
const run = 'run-1';

beforeAll(async () => {
  folder = temporaryWorkspace();
  lab = await Lab.open({ workspace: join(folder, 'workspace') });
  const labs = new LabHolder(lab, new RecentWorkspaces(join(folder, 'config')));
  caller = createCallerFactory(appRouter)({ labs, host: 'test' });
  writeRun(join(lab.path, 'runs'), run, { 1: [completion('p#1.0', 0, 'hello')] });
  await until(() => lab.runs.list({ params: [], isArchivedShown: true }).length === 1);
  await lab.runs.settled();
}, 60_000);
afterAll(async () => {
  await lab.dispose();
  dropWorkspace(folder);
}, 60_000);

/** Takes `count` values of a subscription that has seen everything up to `lastEventId`. */
async function take(count: number, lastEventId?: string): Promise<[string, RunWatch][]> {
  const told: [string, RunWatch][] = [];
  const stop = new AbortController();
  const stream = await caller.runs.watch({
    run,
    ...(lastEventId === undefined ? {} : { lastEventId }),
  });
  for await (const envelope of stream) {
    if (!isTrackedEnvelope(envelope)) throw new Error('expected a tracked value');
    // The router says so; a caller loses the type of a tracked value.
    told.push([envelope[0], envelope[1] as RunWatch]);
    if (told.length === count) break;
  }
  stop.abort();
  return told;
}

describe('the routers', () => {
  it.each([
    ['a run that is a path', () => caller.runs.get({ run: '../../etc' }), 'BAD_REQUEST'],
    [
      'too many points',
      () => caller.runs.series({ run, metrics: ['a'], maxPoints: 1e9 }),
      'BAD_REQUEST',
    ],
    ['no metrics', () => caller.runs.series({ run, metrics: [] }), 'BAD_REQUEST'],
    [
      'a command nobody knows',
      () => caller.runs.control({ run, command: { kind: 'explode' } as never }),
      'BAD_REQUEST',
    ],
    ['an empty queue entry', () => caller.runs.enqueue({ entries: [] }), 'BAD_REQUEST'],
    [
      'a relative model',
      () =>
        caller.runs.enqueue({
          entries: [
            { name: 'x', plan: { kind: 'train', recipe: 'sft', model: { path: 'models/x' } } },
          ],
        }),
      'rpc/invalid-input',
    ],
    ['a run that is not there', () => caller.runs.get({ run: 'gone' }), 'run/missing'],
    ['a run that is not going', () => caller.runs.pause({ run }), 'run/control-refused'],
    [
      'a group that is not there',
      () => caller.rollouts.group({ run, step: 7, prompt: 'x' }),
      'rollout/missing',
    ],
    ['an item that is not there', () => caller.runs.removeQueued({ id: 'x' }), 'queue/missing'],
    ['a folder that is no run', () => caller.runs.importFolder({ path: '/etc' }), 'run/missing'],
    [
      'a search that is a novel',
      () => caller.rollouts.search({ text: 'x'.repeat(2000) }),
      'BAD_REQUEST',
    ],
  ] as [string, () => Promise<unknown>, string][])('refuse %s', async (_, call, code) => {
    const thrown = await call().then(
      () => undefined,
      (error: unknown) => error as { code: string; cause?: { code?: string } },
    );
    expect([thrown?.code, thrown?.cause?.code]).toContain(code);
  });

  it('answer with lists, curves and groups', async () => {
    expect(await caller.runs.list()).toMatchObject([{ id: run, status: 'interrupted', step: 1 }]);
    expect(await caller.runs.list({ params: ['rollout.groupSize'] })).toMatchObject([
      { params: { 'rollout.groupSize': 2 } },
    ]);
    expect((await caller.runs.columns()).params).toContain('training.promptsPerStep');
    expect(await caller.runs.series({ run, metrics: ['reward/mean'] })).toMatchObject([
      { total: 1 },
    ]);
    expect(await caller.rollouts.groups({ run, step: 1 })).toMatchObject([{ prompt: 'p#1.0' }]);
    expect(await caller.runs.config({ run })).toMatchObject({ recipe: 'grpo' });
    expect(await caller.runs.log({ run })).toEqual({ lines: [] });
  });
});

describe('a subscription', () => {
  it('goes on after the event it saw last, and nothing comes twice', async () => {
    const [first, status] = await take(2);
    expect([first?.[0], first?.[1]]).toEqual(['1', expect.objectContaining({ type: 'event' })]);
    expect([status?.[0], status?.[1].type]).toEqual(['1', 'status']);
    for (const [seq, kind] of [
      [1, 'checkpoint'],
      [2, 'finished'],
    ] as const) {
      const event = { seq, at: new Date().toISOString(), kind, data: { step: 1 } };
      appendFileSync(join(lab.path, 'runs', run, 'events.jsonl'), `${JSON.stringify(event)}\n`);
    }
    await lab.runs.settled();
    const [second, third, after] = await take(3, first?.[0]);
    expect([second, third].map((told) => told?.[1].type === 'event' && told[1].event.kind)).toEqual(
      ['checkpoint', 'finished'],
    );
    expect(after?.[1]).toMatchObject({ type: 'status', status: { status: 'finished' } });
    expect((await take(1, third?.[0]))[0]?.[1].type).toBe('status');
  });
});
