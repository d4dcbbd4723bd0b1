/**
 * The queue with real engines: chains that hand models on, gates, what a failure does to the rest, a
 * start time, and what a dry run tells the queue.
 */
import { cpSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../src/main/lab.ts';
import type { EnqueueEntry } from '../../src/shared/model/run-queue.ts';
import {
  dropWorkspace,
  endOf,
  entry,
  runAll,
  temporaryWorkspace,
  tinyGrpo,
  tinySft,
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

const run = (work: (lab: Lab) => Promise<void>) => withLab(folder, work);

const evalPlan = {
  kind: 'eval',
  model: { fromPrevious: true },
  tasks: ['follow'],
  split: 'test',
  n: 4,
  think: false,
  temperature: 0,
  maxTokens: 6,
  seed: 1,
  device: 'cpu',
  threads: 2,
} as const;

describe('a chain', () => {
  it('hands each model on, and a gate that is open lets it go on', () =>
    run(async (lab) => {
      const [sft, grpo, evaluation] = await runAll(lab, [
        entry('cold start', tinySft(model, 2)),
        entry(
          'then rl',
          { ...tinyGrpo(model, 2), model: { fromPrevious: true } },
          {
            // Of the very last step, which is read just before the gate is.
            gate: { metric: '@samples', op: '>=', value: 4, of: 'previous', take: 'last' },
          },
        ),
        entry('and look', { ...evalPlan, tasks: ['follow'] }),
      ]);
      expect([sft, grpo, evaluation].map((item) => [item?.status, item?.error])).toEqual(
        Array(3).fill(['finished', null]),
      );
      const parent = lab.runs.get(grpo?.run ?? '').parent;
      expect(parent).toEqual({ run: sft?.run, step: 2 });
      expect(lab.runs.get(grpo?.run ?? '').model).toContain(`${sft?.run}/checkpoints/step-000002`);
      const [result] = lab.runs.evaluations(grpo?.run ?? '');
      expect(result).toMatchObject({ item: evaluation?.id, n: 4, step: 2, run: grpo?.run });
    }));

  it('stops at a closed gate and says why, and so does what waits behind it', () =>
    run(async (lab) => {
      const [, gated, behind] = await runAll(lab, [
        entry('first', tinySft(model, 1)),
        entry('gated', tinySft(model, 1), {
          gate: { metric: 'objective/loss', op: '<=', value: -1, of: 'previous', take: 'last' },
        }),
        entry('behind', tinySft(model, 1)),
      ]);
      expect(gated).toMatchObject({ status: 'blocked', run: null });
      expect(gated?.reason).toMatch(/objective\/loss at most -1; first has \d/);
      expect(behind).toMatchObject({ status: 'blocked', reason: 'gated was blocked' });
    }));
});

describe('a failure', () => {
  it('stops the queue or not, as the item says, and tells a webhook', async () => {
    const told: { event: string; name: string }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        told.push(JSON.parse(body) as { event: string; name: string });
        if (told.length === 2) response.writeHead(302, { location: '/elsewhere' }).end();
        else response.end('ok');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A TCP server has an address with a port.
    const { port } = server.address() as AddressInfo;
    await run(async (lab) => {
      lab.settings.set({ webhookUrl: `http://127.0.0.1:${port}/hook` });
      const notices: string[] = [];
      lab.notices.subscribe(({ title }) => notices.push(title));
      // Frozen while it was there, gone when its turn comes.
      const gone = join(folder, 'gone');
      const queued = async (name: string, entries: EnqueueEntry[]) => {
        cpSync(model, gone, { recursive: true });
        lab.runs.queue.pause();
        const plan = { ...tinySft(model, 1), model: { path: gone } };
        const onError = name === 'no model' ? 'continue' : 'stop';
        const items = await lab.runs.queue.enqueue({
          entries: [entry(name, plan, { onError }), ...entries],
          isFirst: false,
        });
        rmSync(gone, { recursive: true });
        lab.runs.queue.start();
        return await endOf(
          lab,
          items.map(({ id }) => id),
        );
      };
      const [failed, next] = await queued('no model', [
        entry('next', tinySft(model, 1), { after: null }),
      ]);
      expect(failed).toMatchObject({
        status: 'failed',
        run: null,
        error: { code: 'file/missing' },
      });
      expect(next?.status).toBe('finished');
      const [stops] = await queued('no model again', []);
      expect(stops?.status).toBe('failed');
      expect(lab.runs.queue.view()).toMatchObject({
        isRunning: false,
        reason: 'no model again failed',
      });
      lab.runs.queue.start();
      await expect.poll(() => told.length).toBe(3);
      expect(told.map(({ event, name }) => [event, name])).toEqual([
        ['run-failed', 'no model'],
        ['run-finished', 'next'],
        ['run-failed', 'no model again'],
      ]);
      // The redirect was not followed; the person hears of it in the app.
      await expect.poll(() => notices).toContain('The webhook was not delivered');
      lab.settings.set({ webhookUrl: null });
    });
    server.close();
  });
});

describe('a dry run', () => {
  it('measures a plan, and the queue knows its cost', () =>
    run(async (lab) => {
      const plan = tinyGrpo(model, 3);
      const report = await lab.runs.dryRun(plan);
      expect(report).toMatchObject({ status: 'done', steps: 3 });
      expect(report.peakBytes).toBeGreaterThan(0);
      const [item] = await runAll(lab, [entry('measured', plan)]);
      expect(item?.expected?.peakBytes).toBe(report.peakBytes);
      expect(item?.status).toBe('finished');
    }));
});

describe('an evaluation that is going', () => {
  it('can be stopped, and only while it is going', () =>
    run(async (lab) => {
      const [item] = await lab.runs.queue.enqueue({
        entries: [
          entry('long look', {
            ...evalPlan,
            tasks: ['follow'],
            model: { path: model },
            n: 100_000,
          }),
        ],
        isFirst: false,
      });
      const id = item?.id ?? '';
      await until(
        () => lab.runs.queue.active?.id === id && lab.runs.queue.active.status !== 'waiting',
        30_000,
      );
      lab.runs.queue.stop(id);
      expect((await endOf(lab, [id]))[0]).toMatchObject({ status: 'cancelled', error: null });
      expect(() => lab.runs.queue.stop(id)).toThrow(/is cancelled/);
    }));
});
