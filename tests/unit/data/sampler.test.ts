/** Which items a step gets: every one once an epoch, in an order that the seed and nothing else decides. */
import { describe, expect, it } from 'vitest';
import type { Item, ItemSource } from '../../../src/engine/data/item.ts';
import { itemsOfStep, type SamplerOptions } from '../../../src/engine/data/sampler.ts';

/** Items that know their index and nothing else. */
function source(count: number | undefined): ItemSource {
  // The sampler hands items on without looking at them.
  return { count, at: async (index) => ({ id: String(index) }) as Item };
}

async function walk(count: number | undefined, steps: number, options: SamplerOptions) {
  const ids: number[] = [];
  for (let step = 0; step < steps; step++) {
    ids.push(...(await itemsOfStep(source(count), step, options)).map((item) => Number(item.id)));
  }
  return ids;
}

const options = { seed: 3, perStep: 4, shuffle: true, limit: undefined };
const sorted = (ids: readonly number[]) => ids.toSorted((a, b) => a - b);
const all = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('itemsOfStep', () => {
  it('gives every item once an epoch, in another order each time', async () => {
    const ids = await walk(12, 6, options);
    expect(sorted(ids.slice(0, 12))).toEqual(all(12));
    expect(sorted(ids.slice(12))).toEqual(all(12));
    expect(ids.slice(0, 12)).not.toEqual(ids.slice(12));
    expect(ids.slice(0, 12)).not.toEqual(all(12));
  });

  it('crosses the end of an epoch within a step', async () => {
    const ids = await walk(10, 5, options);
    expect(sorted(ids.slice(0, 10))).toEqual(all(10));
    expect(sorted(ids.slice(10))).toEqual(all(10));
  });

  it('gives more items than there are when a step asks for them', async () => {
    const ids = await walk(3, 1, { ...options, perStep: 7 });
    expect(sorted(ids.slice(0, 6))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('keeps the order of the file without shuffling', async () => {
    expect(await walk(5, 2, { ...options, shuffle: false })).toEqual([0, 1, 2, 3, 4, 0, 1, 2]);
  });

  it('uses the first items only under a limit, and all under a larger one', async () => {
    expect(new Set(await walk(100, 6, { ...options, limit: 5 }))).toEqual(new Set(all(5)));
    expect(sorted(await walk(4, 1, { ...options, limit: 50 }))).toEqual(all(4));
    expect(new Set(await walk(undefined, 6, { ...options, limit: 5 }))).toEqual(new Set(all(5)));
  });

  it('walks an endless source from its beginning', async () => {
    expect(await walk(undefined, 2, options)).toEqual(all(8));
  });

  it('depends on the seed and the step alone', async () => {
    const ids = await walk(20, 5, options);
    const late = await itemsOfStep(source(20), 3, options);
    expect(late.map((item) => Number(item.id))).toEqual(ids.slice(12, 16));
    expect(await walk(20, 5, { ...options, seed: 4 })).not.toEqual(ids);
    expect(await walk(20, 5, options)).toEqual(ids);
  });

  it('refuses a source without rows', async () => {
    await expect(itemsOfStep(source(0), 0, options)).rejects.toMatchObject({
      code: 'dataset/bad-row',
    });
  });
});
