/**
 * Memory that was never written must never be read: every tensor an arena hands out is filled with
 * 0xFF bytes (NaN as a float, -1 as an integer) first, and nothing may change by a single bit.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Arena } from '../../../src/engine/policy/arena.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import { Rng } from '../../../src/engine/rng.ts';
import { generate } from '../../../src/engine/rollout/generate.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import {
  passOf,
  promptWith,
  randomText,
  randomVisual,
  settings,
  tinyPolicy,
} from '../../support/tiny-model.ts';

const runtime = Runtime.open({ threads: 2 });
let policy: Policy;

beforeAll(() => {
  policy = tinyPolicy(runtime);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => policy.dispose());

function poison(): { readonly count: () => number } {
  const { take } = Arena.prototype;
  const spy = vi.spyOn(Arena.prototype, 'take').mockImplementation(function (
    this: Arena,
    dtype,
    shape,
  ) {
    const tensor = take.call(this, dtype, shape);
    runtime.fill(tensor, 0xff);
    return tensor;
  });
  return { count: () => spy.mock.calls.length };
}

/** The work clean, then over poisoned memory. */
async function bothWays<T>(work: () => Promise<T>): Promise<void> {
  const clean = await work();
  const { count } = poison();
  const soiled = await work();
  expect(count()).toBeGreaterThan(10);
  expect(soiled).toEqual(clean);
  expect(JSON.stringify(soiled, numbers)).not.toMatch(/NaN|Infinity/);
}

/** Typed arrays as text, so that NaN shows. */
function numbers(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return value instanceof Float32Array || value instanceof Int32Array ? value.join() : value;
}

describe('uninitialised memory', () => {
  it('is not read by passes in either direction', async () => {
    const rng = Rng.from('poison');
    const trees = [
      { prompt: promptWith(rng, 5), branches: [randomText(rng, 3), randomText(rng, 1)] },
      {
        prompt: promptWith(rng, 2, [randomVisual(rng, [1, 6, 10])]),
        branches: [randomText(rng, 6)],
      },
      {
        prompt: promptWith(rng, 17, [randomVisual(rng)]),
        branches: [randomText(rng, 2), randomText(rng, 9)],
      },
    ];
    await bothWays(() => passOf(policy, trees));
  });

  it('is not read by batches of many sizes, whose rows end at many times', async () => {
    const rng = Rng.from('decode');
    const prompts = [
      promptWith(rng, 1),
      promptWith(rng, 7, [randomVisual(rng)]),
      promptWith(rng, 40),
      promptWith(rng, 3, [randomVisual(rng, [1, 8, 8]), randomVisual(rng)]),
    ];
    await bothWays(async () => {
      const drawn = [];
      for (const [rows, maxTokens, stops] of [
        [1, 9, 0],
        [3, 5, 8],
        [17, 24, 20],
        [48, 40, 12],
        [64, 33, 30],
      ] as const) {
        const requests = Array.from({ length: rows }, (_, i) => ({
          // Groups side by side, of uneven sizes.
          prompt: prompts[Math.floor((i / rows) ** 2 * prompts.length)] ?? promptWith(rng, 2),
          seed: BigInt(rows * 1000 + i),
        }));
        const stopIds = Array.from({ length: stops }, (_, i) => 7 * i);
        drawn.push(
          await generate(policy, requests, settings({ maxTokens, stopIds, temperature: 1.1 })),
        );
      }
      return drawn;
    });
  });
});
