/**
 * One run while it is going and after: commands with their acknowledgement and events, a subscription
 * that misses nothing, curves with any x, notes that can be undone, removing and importing.
 */
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../../../src/main/lab.ts';
import type { RunWatch } from '../../../src/shared/model/app-run.ts';
import {
  dropWorkspace,
  endOf,
  entry,
  temporaryWorkspace,
  tinyGrpo,
} from '../../support/runs-lab.ts';
import { writeTinyModel } from '../../support/tiny-folder.ts';
import { until } from '../../support/until.ts';

let folder: string;
let lab: Lab;
let run: string;

beforeAll(async () => {
  folder = temporaryWorkspace();
  const model = await writeTinyModel(folder);
  lab = await Lab.open({ workspace: join(folder, 'workspace') });
  const plan = tinyGrpo(model, 1000, {
    'training.evaluateEvery': 1000,
    'evaluation.n': 4,
    'objective.kl.coefficient': 0.01,
  });
  const [item] = await lab.runs.queue.enqueue({ entries: [entry('long', plan)], isFirst: false });
  await until(() => lab.runs.queue.active?.run !== null, 30_000);
  run = lab.runs.queue.active?.run ?? '';
  await until(() => (lab.runs.list({ params: [], isArchivedShown: false })[0]?.step ?? 0) > 0);
  expect(item?.status).toBe('waiting');
}, 60_000);
afterAll(async () => {
  await lab.dispose();
  dropWorkspace(folder);
}, 60_000);

const kinds = () => lab.runs.events(run, 0, 1000).map(({ kind }) => kind);

describe('a run that is going', () => {
  it('takes changes, says from which step on, and keeps them as events', async () => {
    const told: { seq: number; data: RunWatch }[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const one of lab.runs.watch(run, 1, stop.signal)) told.push(one);
    })();
    for (const command of [
      { kind: 'lr-scale', value: 0.5 },
      { kind: 'kl-weight', value: 0.02 },
      { kind: 'checkpoint-now' },
      { kind: 'evaluate-now' },
    ] as const) {
      const answer = await lab.runs.control(run, command);
      expect(answer).toMatchObject({ accepted: true });
      expect(answer.step).toBeGreaterThan(0);
    }
    await until(() =>
      ['changed', 'checkpoint', 'evaluated'].every((kind) => kinds().includes(kind)),
    );
    const changed = lab.runs.events(run, 0, 1000).filter(({ kind }) => kind === 'changed');
    expect(changed.map(({ data }) => [data['what'], data['to']])).toEqual([
      ['lr-scale', 0.5],
      ['kl-weight', 0.02],
    ]);
    expect(changed.every(({ step }) => step !== null)).toBe(true);
    await until(() =>
      told.some(({ data }) => data.type === 'event' && data.event.kind === 'evaluated'),
    );
    stop.abort();
    await watching;
    // Every event after the first one, in order and once; statuses in between.
    const seqs = told.flatMap(({ data }) => (data.type === 'event' ? [data.event.seq] : []));
    expect(seqs).toEqual(seqs.map((_, i) => i + 2));
    expect(told.some(({ data }) => data.type === 'status')).toBe(true);
    await expect(
      lab.runs.control(run, { kind: 'stop-step', value: 0 } as never),
    ).rejects.toMatchObject({
      code: 'rpc/invalid-input',
    });
  });

  it('pauses, goes on, and stops where it is told', async () => {
    await lab.runs.control(run, { kind: 'pause' });
    await until(() => lab.runs.get(run).status === 'paused');
    const { step } = lab.runs.get(run);
    await lab.runs.resume(run, undefined);
    await until(() => lab.runs.get(run).step > step + 1);
    expect(lab.runs.get(run)).toMatchObject({ status: 'running', steps: 1000 });
    expect(lab.runs.get(run).etaSeconds).toBeGreaterThan(0);
    const at = lab.runs.get(run).step + 3;
    await lab.runs.control(run, { kind: 'stop-step', value: at });
    await endOf(lab, [lab.runs.queue.view().items[0]?.id ?? '']);
    await until(() => lab.runs.get(run).status === 'finished');
    expect(lab.runs.get(run)).toMatchObject({ step: at, steps: at, canResume: false });
    expect(kinds()).toEqual(expect.arrayContaining(['paused', 'unpaused', 'finished']));
    await expect(lab.runs.control(run, { kind: 'pause' })).rejects.toMatchObject({
      code: 'run/control-refused',
    });
  });
});

describe('its curves', () => {
  it('have a point per step, whatever x is', () => {
    const { step } = lab.runs.get(run);
    for (const x of ['step', 'time', 'tokens', 'samples'] as const) {
      const [series] = lab.runs.series({
        run,
        metrics: ['reward/mean'],
        x,
        from: null,
        to: null,
        maxPoints: 20_000,
      });
      expect(series?.points.map((point) => point.step)).toEqual(
        Array.from({ length: step }, (_, i) => i + 1),
      );
      const xs = series?.points.map((point) => point.x) ?? [];
      expect(xs.every((value, i) => i === 0 || value >= (xs[i - 1] ?? 0))).toBe(true);
      if (x === 'samples') expect(xs.at(-1)).toBe(step * 9);
    }
  });

  it('are judged, and everything that is said has a cause and an action', () => {
    const signals = lab.runs.health(run);
    expect(signals.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'reward',
        'no-variance',
        'truncated',
        'entropy',
        'kl',
        'clipped',
        'ratio',
        'unique',
        'held-out',
      ]),
    );
    for (const { state, finding, cause, action } of signals) {
      expect([finding, cause, action].every((text) => (text === '') === (state === 'ok'))).toBe(
        true,
      );
    }
    expect(lab.runs.stages(run, 5).rows).toHaveLength(5);
    expect(lab.runs.config(run).yaml).toMatch(/^recipe: grpo\n/);
    expect(lab.runs.evaluations(run)[0]).toMatchObject({ run, n: 4 });
  });
});

describe('notes', () => {
  it('are kept, and an undo takes them back', async () => {
    lab.runs.annotate(run, { name: 'better' });
    lab.runs.annotate(run, { tags: ['keep', 'paper'] });
    expect(lab.runs.annotate(run, { isArchived: true })).toMatchObject({
      name: 'better',
      tags: ['keep', 'paper'],
      isArchived: true,
    });
    expect(lab.runs.list({ params: [], isArchivedShown: false })).toEqual([]);
    await lab.history.undo();
    expect(lab.runs.list({ params: [], isArchivedShown: false })).toHaveLength(1);
    await lab.history.undo();
    expect(lab.runs.get(run).tags).toEqual([]);
  });
});

describe('a run that is removed', () => {
  it('comes back whole with an undo', async () => {
    const before = lab.runs.get(run);
    const events = lab.runs.events(run, 0, 1000);
    await lab.runs.remove(run);
    expect(lab.runs.list({ params: [], isArchivedShown: true })).toEqual([]);
    expect(existsSync(join(lab.path, 'runs', run))).toBe(false);
    expect(() => lab.runs.get(run)).toThrow(/no run/);
    await lab.history.undo();
    await until(
      () => lab.runs.list({ params: [], isArchivedShown: true })[0]?.step === before.step,
    );
    await lab.runs.settled();
    expect(lab.runs.get(run)).toEqual(before);
    expect(lab.runs.events(run, 0, 1000)).toEqual(events);
  });
});

describe('a folder of the command line', () => {
  it('is copied in, once, and refused when it is none or holds links', async () => {
    const outside = join(folder, 'outside');
    cpSync(join(lab.path, 'runs', run), outside, { recursive: true });
    await expect(lab.runs.importFolder({ path: outside })).rejects.toMatchObject({
      code: 'run/exists',
    });
    await lab.runs.remove(run);
    symlinkSync('/etc/passwd', join(outside, 'link'));
    await expect(lab.runs.importFolder({ path: outside })).rejects.toMatchObject({
      code: 'file/unsafe',
    });
    const clean = join(folder, 'clean');
    cpSync(outside, clean, { recursive: true, filter: (path) => !path.endsWith('link') });
    const imported = await lab.runs.importFolder({ path: clean, name: 'from the terminal' });
    expect(imported).toMatchObject({ id: run, name: 'from the terminal', status: 'finished' });
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    await expect(lab.runs.importFolder({ path: empty })).rejects.toMatchObject({
      code: 'run/missing',
    });
    writeFileSync(join(empty, 'run.json'), '{"format":1,"id":"../../evil"');
    await expect(lab.runs.importFolder({ path: empty })).rejects.toMatchObject({
      code: 'file/corrupt',
    });
    writeFileSync(
      join(empty, 'run.json'),
      JSON.stringify({
        format: 1,
        id: '../../evil',
        recipe: 'x',
        seed: 0,
        createdAt: new Date().toISOString(),
        version: '1',
        config: {},
      }),
    );
    await expect(lab.runs.importFolder({ path: empty })).rejects.toMatchObject({
      code: 'file/unsafe',
    });
  });
});
