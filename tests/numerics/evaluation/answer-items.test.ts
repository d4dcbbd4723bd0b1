/** Evaluation: the same answers whatever the batch, and tallies that add up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Item } from '../../../src/engine/data/item.ts';
import { worldSource } from '../../../src/engine/data/world-source.ts';
import {
  type Answered,
  answerItems,
  tally,
  tallyBy,
} from '../../../src/engine/evaluation/evaluate.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { type OpenedModel, openModel } from '../../../src/engine/training/open-model.ts';
import { writeTinyModel } from '../../support/tiny-folder.ts';

let base: string;
let model: OpenedModel;
const items: Item[] = [];

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'rationale-evaluation-'));
  model = openModel(Runtime.open({ threads: 1 }), await writeTinyModel(base));
  const source = worldSource({
    tasks: { follow: 1, read: 1 },
    split: 'dev',
    difficulty: null,
    seed: 2,
  });
  for (let i = 0; i < 11; i++) items.push(await source.at(i));
});
afterAll(() => {
  model.policy.dispose();
  rmSync(base, { recursive: true, force: true });
});

const answer = (chosen: readonly Item[], temperature: number, batch?: number, seed = 1) =>
  answerItems(model.policy, model.bundle, chosen, {
    draws: { maxTokens: 10, temperature },
    seed,
    ...(batch === undefined ? {} : { batch }),
  });

describe('answerItems', () => {
  it.each([0, 1])('gives the same answers in any batch (temperature %d)', async (temperature) => {
    const whole = await answer(items, temperature);
    expect(whole.map(({ item }) => item.id)).toEqual(items.map(({ id }) => id));
    expect(await answer(items, temperature, 4)).toEqual(whole);
    const reversed = await answer(items.toReversed(), temperature, 3);
    expect(reversed.toReversed()).toEqual(whole);
  });

  it('draws by the seed', async () => {
    expect(await answer(items, 1, 11, 2)).not.toEqual(await answer(items, 1, 11, 1));
    expect(await answer(items, 0, 11, 2)).toEqual(await answer(items, 0, 11, 1));
  });

  it('tells how far it is', async () => {
    const seen: [number, number][] = [];
    await answerItems(model.policy, model.bundle, items, {
      draws: { maxTokens: 2, temperature: 0 },
      seed: 1,
      batch: 4,
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(seen).toEqual([
      [4, 11],
      [8, 11],
      [11, 11],
    ]);
  });

  it('stops when it is asked to', async () => {
    const signal = AbortSignal.abort();
    const stopped = answerItems(model.policy, model.bundle, items, {
      draws: { maxTokens: 2, temperature: 0 },
      seed: 1,
      signal,
    });
    await expect(stopped).rejects.toThrow();
  });
});

describe('tallies', () => {
  const entry = (task: string, isRight: boolean, tokens: number): Answered => ({
    item: { ...(items[0] as Item), task }, // there are eleven
    text: '',
    isRight,
    isFormatted: tokens > 2,
    tokens,
  });

  it('count what is right, formed and long', () => {
    const answered = [
      entry('a', true, 4),
      entry('b', false, 2),
      entry('a', true, 6),
      entry('b', true, 4),
    ];
    expect(tally(answered)).toMatchObject({ n: 4, accuracy: 0.75, format: 0.75, lengthTokens: 4 });
    expect(tallyBy(answered, (item) => item.task)).toMatchObject({
      a: { n: 2, accuracy: 1, lengthTokens: 5 },
      b: { n: 2, accuracy: 0.5, lengthTokens: 3 },
    });
  });

  it('of nothing claim nothing', () => {
    expect(tally([])).toEqual({ n: 0, accuracy: 0, ci95: [0, 1], format: 0, lengthTokens: 0 });
    expect(tallyBy([], () => '')).toEqual({});
  });
});
