/**
 * One pass, packed any way: a prompt shared by its branches, rows side by side, a picture shared by
 * prompts, whatever the backward pass recomputes. Scores and every gradient must be those of the
 * plain way, one row at a time.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Recompute } from '../../../src/engine/graph/partition.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import type { PromptTree } from '../../../src/engine/policy/tree.ts';
import { Rng } from '../../../src/engine/rng.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import {
  differing,
  passOf,
  promptWith,
  randomText,
  randomVisual,
  tinyPolicy,
} from '../../support/tiny-model.ts';

const runtime = Runtime.open({ threads: 1 });
const LIMIT = 1e-5;
let policy: Policy;

beforeAll(() => {
  policy = tinyPolicy(runtime);
});
afterAll(() => policy.dispose());

/** Every branch with a prompt of its own. */
function separate(trees: readonly PromptTree[]): PromptTree[] {
  return trees.flatMap((tree) =>
    tree.branches.map((branch) => ({ prompt: tree.prompt, branches: [branch] })),
  );
}

/** Groups of several sizes, with branches of 1 token and pictures of two shapes. */
function groups(): PromptTree[] {
  const rng = Rng.from('groups');
  const texts = (...lengths: number[]) => lengths.map((length) => randomText(rng, length));
  return [
    { prompt: promptWith(rng, 5), branches: texts(4, 1, 7) },
    { prompt: promptWith(rng, 1), branches: texts(3) },
    { prompt: promptWith(rng, 3, [randomVisual(rng, [1, 6, 4])]), branches: texts(2, 9) },
    {
      prompt: promptWith(rng, 2, [randomVisual(rng), randomVisual(rng, [1, 8, 10])]),
      branches: texts(1, 1, 5, 2),
    },
  ];
}

describe('a packed stream', () => {
  it('computes a prompt once for all its branches', async () => {
    const trees = groups();
    const shared = await passOf(policy, trees);
    const apart = await passOf(policy, separate(trees));
    expect(differing(shared, apart, LIMIT)).toEqual([]);
    // Not zero because nothing flowed: every parameter has a gradient somewhere.
    for (const gradient of shared.gradients.values())
      expect(gradient.some((x) => x !== 0)).toBe(true);
  });

  it('gives every row what it has alone', async () => {
    const rows = separate(groups());
    const packed = await passOf(policy, rows);
    const alone = await passOf(policy, rows, { parts: rows.map((row) => [row]) });
    expect(differing(packed, alone, LIMIT)).toEqual([]);
  });

  it('scores under a temperature as the single rows do', async () => {
    const trees = groups();
    const packed = await passOf(policy, trees, { temperature: 0.7 });
    const alone = await passOf(policy, trees, {
      temperature: 0.7,
      parts: trees.map((tree) => [tree]),
    });
    expect(differing(packed, alone, LIMIT)).toEqual([]);
  });

  it('encodes a picture once for all prompts that show it', async () => {
    const rng = Rng.from('shared picture');
    const [one, other] = [randomVisual(rng, [1, 4, 6]), randomVisual(rng)];
    const trees = [[one], [other, one], [one]].map((visuals) => ({
      prompt: promptWith(rng, 3, visuals),
      branches: [randomText(rng, 4)],
    }));
    const copies = trees.map(({ prompt, branches }) => ({
      prompt: { ids: prompt.ids, visuals: prompt.visuals.map((visual) => ({ ...visual })) },
      branches,
    }));
    const shared = await passOf(policy, trees);
    const apart = await passOf(policy, copies);
    expect(differing(shared, apart, LIMIT)).toEqual([]);
  });

  it('does not let a row see its neighbours', async () => {
    const trees = groups();
    const before = await passOf(policy, trees);
    const first = trees[0]?.branches[0]?.length ?? 0;
    const swapped = trees.map((tree, i) =>
      i === 0 ? tree : { ...tree, prompt: promptWith(Rng.from(i), 6) },
    );
    const after = await passOf(policy, swapped);
    const own = first + 1 + 7;
    expect(after.scores.logprobs.slice(0, own)).toEqual(before.scores.logprobs.slice(0, own));
  });
});

describe('recomputation', () => {
  it.each<Recompute>(['none', 'all'])('%s gives the gradients of cheap', async (recompute) => {
    const other = tinyPolicy(runtime, { recompute });
    const trees = groups();
    const expected = await passOf(policy, trees);
    expect(differing(await passOf(other, trees), expected, LIMIT)).toEqual([]);
    other.dispose();
  });
});
