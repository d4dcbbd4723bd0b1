/**
 * Processes that are killed. The engine: the run goes on by itself from its last checkpoint and gives
 * the numbers it would have given. The app: the queue is there again, what was going is interrupted and
 * can be resumed.
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockHolder } from '../../src/main/runs/run-lock.ts';
import {
  dropWorkspace,
  endOf,
  entry,
  runAll,
  temporaryWorkspace,
  tinyGrpo,
  withLab,
} from '../support/runs-lab.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';
import { until } from '../support/until.ts';

let folder: string;
let model: string;

beforeAll(async () => {
  folder = temporaryWorkspace();
  model = await writeTinyModel(folder);
}, 60_000);
afterAll(() => dropWorkspace(folder));

const STEPS = 24;

/** Newest row of each step, without how long things took. */
function metricsOf(run: string): Map<number, unknown> {
  const path = join(folder, 'workspace', 'runs', run, 'metrics.jsonl');
  const rows = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    // Written by the engine.
    .map((line) => JSON.parse(line) as { step: number; values: Record<string, number> });
  const isTimed = (name: string) => /^(timing|memory)\//.test(name);
  return new Map(
    rows.map(({ step, values }) => [
      step,
      Object.fromEntries(Object.entries(values).filter(([name]) => !isTimed(name))),
    ]),
  );
}

describe('an engine that is killed', () => {
  it(
    'is started again from the last checkpoint, and nothing differs',
    () =>
      withLab(folder, async (lab) => {
        const [whole] = await runAll(lab, [entry('whole', tinyGrpo(model, STEPS))]);
        const [item] = await lab.runs.queue.enqueue({
          entries: [entry('killed', tinyGrpo(model, STEPS))],
          isFirst: false,
        });
        await until(() => (lab.runs.queue.active?.run ?? null) !== null, 30_000);
        const run = lab.runs.queue.active?.run ?? '';
        await until(() => lab.runs.get(run).step >= 5);
        const holder = lockHolder(join(lab.path, 'runs', run));
        process.kill(holder?.pid ?? 0, 'SIGKILL');
        const [ended] = await endOf(lab, [item?.id ?? '']);
        expect(ended).toMatchObject({ status: 'finished', error: null });
        expect(metricsOf(run)).toEqual(metricsOf(whole?.run ?? ''));
        const events = lab.runs.events(run, 0, 1000);
        const story = events.map(({ kind }) => kind).filter((kind) => kind !== 'checkpoint');
        expect(story).toEqual(['started', 'crashed', 'restarted', 'resumed', 'finished']);
        expect(events.find(({ kind }) => kind === 'crashed')?.data['message']).toMatch(/SIGKILL/);
        // The curve is the one of the run that was never killed, time aside.
        for (const metric of ['reward/mean', 'objective/loss']) {
          const ask = (id: string) =>
            lab.runs.series({
              run: id,
              metrics: [metric],
              x: 'step',
              from: null,
              to: null,
              maxPoints: 1000,
            })[0]?.points;
          expect(ask(run)).toEqual(ask(whole?.run ?? ''));
        }
        expect(lab.runs.get(run)).toMatchObject({ status: 'finished', step: STEPS });
      }),
    120_000,
  );
});

describe('an app that is killed', () => {
  it('finds its queue again, marks what was going, and resumes it when asked', async () => {
    const child = fork(fileURLToPath(new URL('../support/runs-child.ts', import.meta.url)), [
      folder,
      model,
    ]);
    // Sent by the child once its run has made a few steps.
    const run = await new Promise<string>((resolve) =>
      child.once('message', (id) => resolve(String(id))),
    );
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    // The engine notices that nobody listens, saves and lets go.
    const path = join(folder, 'workspace', 'runs', run);
    await until(() => lockHolder(path) === undefined, 30_000);
    await withLab(folder, async (lab) => {
      const view = lab.runs.queue.view();
      expect(view).toMatchObject({ isRunning: false, reason: 'going was interrupted' });
      const status = (name: string) => view.items.find((item) => item.name === name)?.status;
      expect([status('going'), status('waits'), status('waits too')]).toEqual([
        'interrupted',
        'waiting',
        'waiting',
      ]);
      await lab.runs.settled();
      expect(lab.runs.get(run)).toMatchObject({ canResume: true });
      const { step } = lab.runs.get(run);
      await lab.runs.resume(run, step + 4);
      const going = view.items.find(({ name }) => name === 'going')?.id ?? '';
      const [ended] = await endOf(lab, [going]);
      expect(ended).toMatchObject({ status: 'finished', run });
      expect(lab.runs.get(run).step).toBe(step + 4);
      lab.runs.queue.start();
      const rest = view.items.filter(({ name }) => name.startsWith('waits')).map(({ id }) => id);
      expect((await endOf(lab, rest)).map((item) => item.status)).toEqual(['finished', 'finished']);
    });
  });
});

describe('an app that is closed', () => {
  it('stops the run with a checkpoint, and goes on by itself where that is wanted', async () => {
    let run = '';
    let step = 0;
    await withLab(folder, async (lab) => {
      lab.runs.queue.start();
      lab.runs.setSettings({ autoResume: true });
      await lab.runs.queue.enqueue({
        // A checkpoint only at the end: closing has to make one.
        entries: [
          entry('closed', tinyGrpo(model, 100_000, { 'training.checkpointEvery': 100_000 })),
        ],
        isFirst: false,
      });
      await until(() => (lab.runs.queue.active?.run ?? null) !== null, 30_000);
      run = lab.runs.queue.active?.run ?? '';
      await until(() => lab.runs.get(run).step >= 3, 30_000);
    });
    await withLab(folder, async (lab) => {
      await until(() => lab.runs.queue.active?.name === 'closed');
      await until(
        () => lab.runs.events(run, 0, 100).some(({ kind }) => kind === 'resumed'),
        30_000,
      );
      const events = lab.runs.events(run, 0, 100);
      step = events.find(({ kind }) => kind === 'checkpoint')?.step ?? 0;
      expect(step).toBeGreaterThanOrEqual(3);
      await until(() => lab.runs.get(run).step > step);
      lab.runs.setSettings({ autoResume: false });
    });
    await withLab(folder, async (lab) => {
      const item = lab.runs.queue.view().items.find(({ name }) => name === 'closed');
      expect(item).toMatchObject({ status: 'interrupted', run });
      expect(lab.runs.queue.active).toBeUndefined();
      expect(lab.runs.queue.view().isRunning).toBe(false);
    });
  }, 120_000);
});
