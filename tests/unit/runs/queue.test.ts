/**
 * The queue without running anything: its order, also after a restart, plans that do not fit, and the
 * rules by which an item starts, waits or is blocked. Chains with real engines are in tests/e2e.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../../src/main/lab.ts';
import { postWebhook } from '../../../src/main/runs/notify.ts';
import { hashOf, nested } from '../../../src/main/runs/queue/freeze.ts';
import { judge } from '../../../src/main/runs/queue/next-item.ts';
import type { QueueItem } from '../../../src/shared/model/run-queue.ts';
import {
  dropWorkspace,
  entry,
  temporaryWorkspace,
  tinyGrpo,
  tinySft,
  withLab,
} from '../../support/runs-lab.ts';
import { writeTinyModel } from '../../support/tiny-folder.ts';

let folder: string;
let model: string;

beforeAll(async () => {
  folder = temporaryWorkspace();
  model = await writeTinyModel(folder);
}, 60_000);
afterAll(() => dropWorkspace(folder));

const run = (work: (lab: Lab) => Promise<void>) => withLab(folder, work);

describe('the order', () => {
  it('is what a person made it, also after a restart', async () => {
    const names = (lab: Lab) =>
      lab.runs.queue
        .view()
        .items.filter(({ status }) => status === 'waiting')
        .map(({ name }) => name);
    await run(async (lab) => {
      lab.runs.queue.pause();
      for (const name of ['a', 'b', 'c']) {
        await lab.runs.queue.enqueue({
          entries: [
            entry(name, tinySft(model, 1), { startsAt: name === 'a' ? Date.now() + 3600e3 : null }),
          ],
          isFirst: false,
        });
      }
      const [a, , c] = lab.runs.queue.view().items;
      lab.runs.queue.reorder(c?.id ?? '', a?.id ?? '');
      expect(names(lab)).toEqual(['c', 'a', 'b']);
      const view = lab.runs.queue.view();
      expect(view).toMatchObject({ isRunning: false, reason: 'paused by you' });
      const changed = await lab.runs.queue.update({
        id: a?.id ?? '',
        name: 'a, later',
        plan: tinySft(model, 3),
      });
      expect(changed.configHash).not.toBe(a?.configHash);
      await expect(lab.runs.queue.update({ id: 'nothing' })).rejects.toMatchObject({
        code: 'queue/missing',
      });
    });
    await run(async (lab) => {
      expect(names(lab)).toEqual(['c', 'a, later', 'b']);
      const [, a] = lab.runs.queue.view().items;
      lab.runs.queue.remove(a?.id ?? '');
      expect(names(lab)).toEqual(['c', 'b']);
      await lab.history.undo();
      expect(names(lab)).toEqual(['c', 'a, later', 'b']);
      // The change before it, and the move before that.
      await lab.history.undo();
      await lab.history.undo();
      expect(names(lab)).toEqual(['a', 'b', 'c']);
    });
  });
});

describe('a plan that does not fit', () => {
  it('is refused before anything is queued, with the field named', () =>
    run(async (lab) => {
      const before = lab.runs.queue.view().items.length;
      const bad = { ...tinyGrpo(model, 1), set: { 'rollout.groupSize': 'eight' } };
      await expect(
        lab.runs.queue.enqueue({
          entries: [entry('good', tinySft(model, 1)), entry('bad', bad)],
          isFirst: false,
        }),
      ).rejects.toMatchObject({ code: 'recipe/invalid', message: /rollout\.groupSize/ });
      expect(lab.runs.queue.view().items).toHaveLength(before);
    }));
});

describe('whether an item may start', () => {
  const item = (part: Partial<QueueItem>): QueueItem => ({
    id: 'me',
    name: 'me',
    kind: 'train',
    config: {},
    configHash: '',
    plan: tinySft('/m', 1),
    position: 2,
    startsAt: null,
    gate: null,
    onError: 'stop',
    after: null,
    status: 'waiting',
    reason: null,
    expected: null,
    run: null,
    createdAt: 0,
    startedAt: null,
    endedAt: null,
    error: null,
    ...part,
  });
  const verdict = (
    me: Partial<QueueItem>,
    before: Partial<QueueItem> | undefined,
    value?: number,
  ) => {
    const previous = before === undefined ? undefined : item({ id: 'it', name: 'it', ...before });
    return judge(item(me), {
      now: 1000,
      previousOf: () => previous,
      get: () => previous,
      valueOf: () => value,
    });
  };
  const gate = { metric: 'm', op: '>=', value: 0.5, of: 'previous', take: 'last' } as const;
  const done = { status: 'finished', endedAt: 1 } as const;

  it.each([
    ['nothing is asked', {}, undefined, undefined, 'ready'],
    ['its time is near', { startsAt: 2000 }, undefined, undefined, 'wait'],
    ['its time has come', { startsAt: 500 }, undefined, undefined, 'ready'],
    ['the one before is going', { after: 'it' }, { status: 'running' }, undefined, 'wait'],
    ['the one before is done', { after: 'it' }, done, undefined, 'ready'],
    [
      'the one before failed',
      { after: 'it' },
      { status: 'failed', endedAt: 1 },
      undefined,
      'blocked',
    ],
    [
      'it failed and the rest goes on',
      { after: 'it' },
      { status: 'failed', endedAt: 1, onError: 'continue' },
      undefined,
      'ready',
    ],
    [
      'the one before was removed',
      { after: 'it' },
      { status: 'removed', endedAt: 1, onError: 'continue' },
      undefined,
      'blocked',
    ],
    ['the gate is open', { gate }, done, 0.5, 'ready'],
    ['the gate is closed', { gate }, done, 0.49, 'blocked'],
    ['a gate the other way', { gate: { ...gate, op: '<=' } }, done, 0.49, 'ready'],
    ['the gate asks what nobody reported', { gate }, done, undefined, 'blocked'],
    ['the gate waits', { gate }, { status: 'running' }, undefined, 'wait'],
    ['a gate without anything before', { gate }, undefined, undefined, 'blocked'],
    [
      'the model before is not made yet',
      { plan: { ...tinySft('/m', 1), model: { fromPrevious: true } } },
      { status: 'waiting' },
      undefined,
      'wait',
    ],
  ] as [string, Partial<QueueItem>, Partial<QueueItem> | undefined, number | undefined, string][])(
    '%s',
    (_, me, before, value, kind) => {
      expect(verdict(me, before, value).kind).toBe(kind);
    },
  );
});

describe('a frozen configuration', () => {
  it('has one hash whatever the order of its keys, and another for other values', () => {
    const a = hashOf({ x: 1, y: { b: [1, 2], a: null } });
    expect(hashOf({ y: { a: null, b: [1, 2] }, x: 1 })).toBe(a);
    expect(hashOf({ y: { a: null, b: [2, 1] }, x: 1 })).not.toBe(a);
  });

  it('is nested from dotted paths without touching prototypes', () => {
    expect(nested({ 'a.b': 1, 'a.c.d': 2, e: { f: 3 }, 'e.g': 4 })).toEqual({
      a: { b: 1, c: { d: 2 } },
      e: { f: 3, g: 4 },
    });
    nested({ '__proto__.polluted': true, 'constructor.prototype.polluted': true });
    expect('polluted' in {}).toBe(false);
  });
});

describe('a webhook', () => {
  it.each(['ftp://example.org/x', 'file:///etc/passwd', 'javascript:alert(1)', 'nonsense'])(
    'is never sent to %s',
    async (address) => {
      await expect(postWebhook(address, {})).rejects.toMatchObject({ code: 'webhook/failed' });
    },
  );
});
