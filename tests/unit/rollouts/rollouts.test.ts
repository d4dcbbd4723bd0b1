/**
 * Rollouts from files to answers: groups with their numbers, completions token by token, a row through
 * training, searches that take any text, and what was sent, which outlives the run.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../../src/main/lab.ts';
import { Lab as OpenLab } from '../../../src/main/lab.ts';
import { matchOf } from '../../../src/main/rollouts/queries.ts';
import type { RolloutQueryInput } from '../../../src/shared/model/rollout.ts';
import { rolloutQuery } from '../../../src/shared/model/rollout.ts';
import { completion, writeRun, writeStep } from '../../support/rollout-run.ts';
import { dropWorkspace, temporaryWorkspace } from '../../support/runs-lab.ts';
import { until } from '../../support/until.ts';

let folder: string;
let lab: Lab;
const run = '20260101-000000-grpo-s3';
const A = 'row-7#1.0';
const B = 'row-8#1.1';

beforeAll(async () => {
  folder = temporaryWorkspace();
  lab = await OpenLab.open({ workspace: join(folder, 'workspace') });
  writeRun(join(lab.path, 'runs'), run, {
    1: [
      completion(A, 0, 'north reads 46 <answer>14</answer>'),
      completion(A, 1, 'north reads 48 <answer>16</answer>', {
        logprobs: [-0.01, -0.01],
        finish: 'length',
      }),
      completion(A, 2, 'north reads 46 and more <answer>14</answer>', { advantage: 0.9 }),
      completion(B, 0, 'same', { reward: 0, advantage: 0, logprobs: [-2] }),
      completion(B, 1, 'By how many  TONNES did north exceed the mean?', {
        logprobs: [-2],
        reward: 0,
        advantage: 0,
      }),
    ],
    2: [completion('row-7#2.3', 0, 'later <answer>14</answer>')],
  });
  await until(() => lab.runs.list({ params: [], isArchivedShown: true }).length === 1);
  await lab.runs.settled();
}, 60_000);
afterAll(async () => {
  await lab.dispose();
  dropWorkspace(folder);
}, 60_000);

const search = (query: RolloutQueryInput) =>
  lab.rollouts.search({ ...rolloutQuery.parse(query), offset: 0, limit: 100, sort: 'newest' });

describe('groups', () => {
  it('have their numbers, and can be filtered and sorted', () => {
    const ask = (part: object) =>
      lab.rollouts.groups({
        run,
        step: 1,
        filter: 'all',
        sort: 'place',
        isDescending: false,
        ...part,
      });
    expect(ask({})).toMatchObject([
      { prompt: A, row: 'row-7', size: 3, right: 2, unique: 2, truncated: 1, isSilent: false },
      { prompt: B, row: 'row-8', size: 2, right: 0, isSilent: true, rewardStd: 0 },
    ]);
    expect(ask({ filter: 'silent' }).map(({ prompt }) => prompt)).toEqual([B]);
    expect(ask({ filter: 'truncated' }).map(({ prompt }) => prompt)).toEqual([A]);
    expect(ask({ sort: 'reward' }).map(({ prompt }) => prompt)).toEqual([B, A]);
    expect(lab.rollouts.steps(run)).toMatchObject([
      { step: 1, groups: 2, completions: 5, right: 2 },
      { step: 2, groups: 1, completions: 1 },
    ]);
  });

  it('open token by token, the best first, with what they share', async () => {
    const detail = await lab.rollouts.group({ run, step: 1, prompt: A });
    expect(detail.completions.map(({ sample }) => sample)).toEqual([0, 2, 1]);
    const [best, second, worst] = detail.completions;
    const shared = 'north reads 46 '.length;
    expect(best).toMatchObject({ firstDivergence: null, sharedPrefix: shared, isRight: true });
    expect(second).toMatchObject({ firstDivergence: shared, sharedPrefix: shared });
    expect(worst).toMatchObject({ firstDivergence: 'north reads 4'.length, extracted: '16' });
    expect(best?.tokens.map(({ text }) => text).join('')).toBe(best?.text);
    expect(best?.terms).toEqual({ 'answer-accuracy': 1, 'format-tags': 0 });
    expect(detail).toMatchObject({
      target: '14',
      terms: ['answer-accuracy', 'format-tags'],
      weights: { 'answer-accuracy': 1, 'format-tags': 0.5 },
      answers: [
        { text: '14', count: 2 },
        { text: '16', count: 1 },
      ],
      sampling: { temperature: 1, seed: 3 },
      tokenTexts: 'exact',
    });
    await expect(lab.rollouts.group({ run, step: 9, prompt: A })).rejects.toMatchObject({
      code: 'rollout/missing',
    });
  });

  it('follow a row through training, whatever draw it was', () => {
    const steps = lab.rollouts.through(run, 'row-7#99.1').map(({ step, prompt }) => [step, prompt]);
    expect(steps).toEqual([
      [1, A],
      [2, 'row-7#2.3'],
    ]);
    const [watched] = lab.rollouts.watch(run, A, true);
    expect(watched).toMatchObject({ row: 'row-7', last: { step: 2 } });
    expect(lab.rollouts.watch(run, 'row-7', false)).toEqual([]);
  });

  it('written again by a resumed run replace what was there', async () => {
    const path = join(lab.path, 'runs', run);
    writeStep(path, 2, [
      completion('row-7#2.3', 0, 'quite another <answer>3</answer>', { logprobs: [-2] }),
    ]);
    await until(() => {
      lab.runs.lookup.find(run);
      void lab.runs.settled();
      return search({ text: 'quite another' }).total === 1;
    });
    await lab.runs.settled();
    expect(search({ text: 'later' }).total).toBe(0);
    expect((await lab.rollouts.group({ run, step: 2, prompt: 'row-7#2.3' })).right).toBe(0);
  });
});

describe('search', () => {
  it('finds words, beginnings of words, and marks them', () => {
    expect(search({ text: 'NORTH rea' }).hits.map(({ sample }) => sample)).toEqual([0, 1, 2]);
    expect(search({ text: 'north 48' }).hits[0]?.snippet).toContain('\u0002north\u0003');
    expect(search({ text: 'nowhere' })).toMatchObject({ hits: [], total: 0 });
  });

  it('combines text, parts of the reward, how it ended and whether it was right', () => {
    expect(
      search({ isRight: false, terms: [{ term: 'answer-accuracy', max: 0 }], text: 'north' }).total,
    ).toBe(2);
    expect(search({ terms: [{ term: 'answer-accuracy', min: 1 }] }).total).toBe(2);
    expect(search({ finish: 'length' }).hits.map(({ sample }) => sample)).toEqual([1]);
    expect(search({ isCopied: true }).hits).toMatchObject([{ prompt: B, sample: 1 }]);
    expect(search({ isRight: false, isConfident: true }).hits).toMatchObject([{ extracted: '16' }]);
    expect(search({ minTokens: 40 }).hits.every(({ tokens }) => tokens >= 40)).toBe(true);
  });

  it.each([
    '"',
    'a" OR text:*',
    'NEAR(x',
    '* ^ - ( )',
    '\u0000',
    "'; DROP TABLE rollout; --",
    '<script>',
    'é 漢字',
  ])('takes %j as text and nothing else', (text) => {
    expect(() => search({ text })).not.toThrow();
    expect(() => search({ terms: [{ term: `x" ${text}`, min: 0 }] })).not.toThrow();
    expect(search({}).total).toBe(6);
  });

  it('reads the last word as a beginning only while it is typed', () => {
    expect([matchOf('foo ba'), matchOf('foo ba '), matchOf(' '), matchOf('!')]).toEqual([
      '"foo" "ba"*',
      '"foo" "ba"',
      undefined,
      '""',
    ]);
  });

  it('can be kept as a view that counts', () => {
    const query = rolloutQuery.parse({ text: 'north' });
    const saved = lab.rollouts.saveBugView({ name: 'about north', query });
    const counts = Object.fromEntries(
      lab.rollouts.bugViews(run).map(({ name, count }) => [name, count]),
    );
    expect(counts).toMatchObject({
      'about north': 4,
      'Wrong but confident': 1,
      'Question copied': 1,
      Truncated: 1,
    });
    expect(() => lab.rollouts.saveBugView({ id: 'truncated', name: 'x', query })).toThrow(
      /comes with/,
    );
    lab.rollouts.removeBugView(saved.id);
    expect(lab.rollouts.bugViews(run).some(({ id }) => id === saved.id)).toBe(false);
  });
});

describe('what was sent', () => {
  it('is there whole after the run is gone for good, and can be taken back', async () => {
    const place = { run, step: 1, prompt: A, note: 'look' } as const;
    await lab.rollouts.send({ ...place, to: 'annotator', sample: 1 });
    const pair = await lab.rollouts.send({ ...place, to: 'pair', sample: 1 });
    expect(pair.payload).toMatchObject({
      chosen: { sample: 0, text: 'north reads 46 <answer>14</answer>' },
      rejected: { sample: 1 },
      prompt: { question: /tonnes/, target: '14' },
    });
    await lab.history.undo();
    expect(lab.rollouts.sent({ to: 'pair' })).toEqual([]);
    await lab.history.redo();
    await expect(lab.rollouts.send({ ...place, to: 'golden', sample: 99 })).rejects.toMatchObject({
      code: 'rollout/missing',
    });
    rmSync(join(lab.path, 'runs', run), { recursive: true });
    await until(() => lab.runs.list({ params: [], isArchivedShown: true }).length === 0);
    const sent = lab.rollouts.sent({ run });
    expect(sent.map(({ to }) => to).sort()).toEqual(['annotator', 'pair']);
    expect(sent.find(({ to }) => to === 'pair')).toEqual(pair);
  });
});
