/**
 * Generation against fresh passes over what was generated: the same probabilities, the same choice
 * where greedy, the same draws whatever else is in the batch.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreOnly } from '../../../src/engine/policy/learner.ts';
import { packTrees } from '../../../src/engine/policy/pack.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import { scoreBranches, trimBranches } from '../../../src/engine/policy/score.ts';
import { Rng } from '../../../src/engine/rng.ts';
import {
  type Completion,
  generate,
  type SampleRequest,
  type SamplingSettings,
} from '../../../src/engine/rollout/generate.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import {
  logitsOf,
  promptWith,
  randomText,
  randomVisual,
  settings,
  TINY,
  tinyPolicy,
} from '../../support/tiny-model.ts';

const runtime = Runtime.open({ threads: 1 });
let policy: Policy;

beforeAll(() => {
  policy = tinyPolicy(runtime);
});
afterAll(() => policy.dispose());

const rng = Rng.from('rollout');
const PROMPTS = [
  promptWith(rng, 4),
  promptWith(rng, 1),
  promptWith(rng, 3, [randomVisual(rng)]),
  promptWith(rng, 33),
  promptWith(rng, 2, [randomVisual(rng, [1, 6, 8]), randomVisual(rng)]),
];
/** A third of the ordinary vocabulary ends a completion: rows leave the batch all the time. */
const STOPS = Array.from({ length: 100 }, (_, i) => 3 * i);

/** Several samples of every prompt, groups side by side. */
function requests(samples: number): SampleRequest[] {
  return PROMPTS.flatMap((prompt, p) =>
    Array.from({ length: samples }, (_, s) => ({ prompt, seed: BigInt(1000 * p + s) })),
  );
}

async function rescore(
  asked: readonly SampleRequest[],
  drawn: readonly Completion[],
  temperature: number,
) {
  const trees = asked.map(({ prompt }, i) => ({
    prompt,
    branches: [drawn[i]?.ids ?? new Int32Array()],
  }));
  const packed = packTrees(policy.config, trimBranches(trees));
  const branches = scoreBranches(trees, packed);
  const scores = await scoreOnly(policy, packed, { ...branches, temperature });
  return branches.spans.map(({ offset, length }) => ({
    logprobs: scores.logprobs.slice(offset, offset + length),
    entropy: scores.entropy.slice(offset, offset + length),
  }));
}

function largestDifference(a: Float32Array, b: Float32Array | undefined): number {
  return a.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (b?.[i] ?? Number.NaN))), 0);
}

describe('log-probabilities', () => {
  it.each<[string, Partial<SamplingSettings>]>([
    ['temperature 1', {}],
    ['temperature 0.7', { temperature: 0.7 }],
    ['temperature 1.6 with stops', { temperature: 1.6, stopIds: STOPS }],
    ['top-k', { topK: 5 }],
    ['top-p', { topP: 0.8, temperature: 0.7 }],
    ['min-p', { minP: 0.2 }],
    ['all filters', { topK: 40, topP: 0.9, minP: 0.02, temperature: 1.3 }],
  ])('are those of a fresh pass: %s', async (_, over) => {
    const chosen = settings(over);
    const asked = requests(3);
    const drawn = await generate(policy, asked, chosen);
    const scores = await rescore(asked, drawn, chosen.temperature);
    drawn.forEach(({ ids, logprobs, entropy, finish }, i) => {
      expect(logprobs).toHaveLength(ids.length);
      expect(largestDifference(logprobs, scores[i]?.logprobs)).toBeLessThan(1e-4);
      expect(largestDifference(entropy, scores[i]?.entropy)).toBeLessThan(1e-4);
      const last = ids.at(-1) ?? -1;
      expect(finish).toBe(chosen.stopIds.includes(last) ? 'stop' : 'length');
      if (finish === 'length') expect(ids).toHaveLength(chosen.maxTokens);
      expect([...ids.subarray(0, -1)].some((id) => chosen.stopIds.includes(id))).toBe(false);
    });
  });

  it('of filtered draws lie inside the filter', async () => {
    const topK = 3;
    const asked = requests(2);
    const drawn = await generate(policy, asked, settings({ topK, maxTokens: 6 }));
    for (const [i, { ids }] of drawn.entries()) {
      const logits = await logitsOf(policy, asked[i]?.prompt, ids);
      ids.forEach((token, t) => {
        const row = logits[t] ?? new Float32Array();
        const better = row.filter((x, id) => x > (row[token] ?? 0) && id < TINY.imageTokenId);
        expect(better.length).toBeLessThan(topK);
      });
    }
  });
});

describe('a draw', () => {
  const chosen = settings({ stopIds: STOPS, maxTokens: 20, temperature: 1.2 });
  const key = ({ seed }: SampleRequest) => seed;
  let whole: Map<bigint, Completion>;

  beforeAll(async () => {
    const asked = requests(4);
    const drawn = await generate(policy, asked, chosen);
    whole = new Map(asked.map((request, i) => [key(request), drawn[i] as Completion])); // one each
  });

  async function expectAsInWhole(asked: readonly SampleRequest[]): Promise<void> {
    const drawn = await generate(policy, asked, chosen);
    asked.forEach((request, i) => {
      expect(drawn[i]?.ids).toEqual(whole.get(key(request))?.ids);
      expect(drawn[i]?.finish).toBe(whole.get(key(request))?.finish);
    });
  }

  it('is the same again', async () => {
    await expectAsInWhole(requests(4));
    const lengths = [...whole.values()].map(({ ids }) => ids.length);
    // Rows of many lengths: some end at once, some do not end.
    expect(Math.min(...lengths)).toBe(1);
    expect(new Set(lengths).size).toBeGreaterThan(4);
  });

  it('does not depend on the order of the batch', async () => {
    await expectAsInWhole(Rng.from('order').shuffle(requests(4)));
  });

  it('does not depend on the company in the batch', async () => {
    for (const request of requests(4).filter((_, i) => i % 3 === 0))
      await expectAsInWhole([request]);
    await expectAsInWhole(requests(4).filter((_, i) => i % 2 === 0));
  });

  it('does not depend on whether its group shares the prompt', async () => {
    const copies = requests(4).map(({ prompt, seed }) => ({ prompt: { ...prompt }, seed }));
    await expectAsInWhole(copies);
  });

  it('differs with the seed', async () => {
    const other = requests(4).map(({ prompt, seed }) => ({ prompt, seed: seed + 77_777n }));
    const drawn = await generate(policy, other, chosen);
    const same = requests(4).filter(
      (request, i) => drawn[i]?.ids.join() === whole.get(key(request))?.ids.join(),
    );
    expect(same.length).toBeLessThan(8);
  });
});

describe('greedy', () => {
  it('takes the best token of uncached passes', async () => {
    const asked = requests(1);
    const drawn = await generate(policy, asked, settings({ temperature: 0, maxTokens: 9 }));
    for (const [i, { ids, logprobs }] of drawn.entries()) {
      const logits = await logitsOf(policy, asked[i]?.prompt, ids);
      ids.forEach((token, t) => {
        const allowed = (logits[t] ?? new Float32Array()).subarray(0, TINY.imageTokenId);
        expect(allowed[token]).toBeCloseTo(Math.max(...allowed), 4);
      });
      expect(
        largestDifference(logprobs, (await rescore(asked, drawn, 1))[i]?.logprobs),
      ).toBeLessThan(1e-4);
    }
  });

  it('does not look at the seed', async () => {
    const greedy = settings({ temperature: 0 });
    const [one, other] = [1n, 2n].map((seed) => PROMPTS.map((prompt) => ({ prompt, seed })));
    const drawn = await generate(policy, one ?? [], greedy);
    expect(await generate(policy, other ?? [], greedy)).toEqual(drawn);
  });
});

describe('limits', () => {
  it('one token, one row', async () => {
    const [request] = requests(1);
    const drawn = await generate(policy, request ? [request] : [], settings({ maxTokens: 1 }));
    expect(drawn.map(({ ids, finish }) => [ids.length, finish])).toEqual([[1, 'length']]);
  });

  it('no rows and no tokens', async () => {
    expect(await generate(policy, [], settings())).toEqual([]);
    const drawn = await generate(policy, requests(1), settings({ maxTokens: 0 }));
    expect(drawn.every(({ ids }) => ids.length === 0)).toBe(true);
  });

  it('never draws what is suppressed', async () => {
    const suppressed = new Uint8Array(TINY.text.vocabSize).fill(1);
    for (const id of [5, 17, 200]) suppressed[id] = 0;
    const drawn = await generate(policy, requests(4), settings({ suppressed, temperature: 3 }));
    const seen = new Set(drawn.flatMap(({ ids }) => [...ids]));
    expect([...seen].sort((a, b) => a - b)).toEqual([5, 17, 200]);
  });

  it('refuses a mask of another vocabulary and a prompt without tokens', async () => {
    const suppressed = new Uint8Array(3);
    await expect(generate(policy, requests(1), settings({ suppressed }))).rejects.toMatchObject({
      code: 'config/invalid',
    });
    const prompt = { ids: new Int32Array(), visuals: [] };
    await expect(generate(policy, [{ prompt, seed: 1n }], settings())).rejects.toMatchObject({
      code: 'dataset/bad-row',
    });
  });

  it('tells every token as it is drawn', async () => {
    const told = new Map<number, number[]>();
    const drawn = await generate(policy, requests(2), settings({ stopIds: STOPS }), {
      onToken: (sample, token) => told.set(sample, [...(told.get(sample) ?? []), token]),
    });
    drawn.forEach(({ ids }, i) => {
      expect(told.get(i)).toEqual([...ids]);
    });
  });

  it('stops when it is asked to, and the policy goes on working', async () => {
    const control = new AbortController();
    let count = 0;
    const running = generate(policy, requests(2), settings({ maxTokens: 5000 }), {
      signal: control.signal,
      onToken: () => {
        if (++count === 40) control.abort();
      },
    });
    await expect(running).rejects.toSatisfy(
      (error: Error & { code?: unknown }) =>
        error.name === 'AbortError' || error.code === 'engine/cancelled',
    );
    expect(count).toBeLessThan(60);
    const before = AbortSignal.abort();
    await expect(generate(policy, requests(1), settings(), { signal: before })).rejects.toThrow();
    expect(await generate(policy, requests(1), settings())).toHaveLength(PROMPTS.length);
  });
});

describe('text only and longer prompts', () => {
  it('groups of different prompt lengths keep to themselves', async () => {
    const own = Rng.from('lengths');
    const asked = [1, 2, 15, 16, 17, 31, 64].map((length, i) => ({
      prompt: { ids: randomText(own, length), visuals: [] },
      seed: BigInt(i),
    }));
    const together = await generate(policy, asked, settings());
    for (const [i, request] of asked.entries()) {
      expect((await generate(policy, [request], settings()))[0]?.ids).toEqual(together[i]?.ids);
    }
  });
});
