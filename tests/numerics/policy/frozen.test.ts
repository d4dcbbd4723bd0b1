/** What is not trained: no gradient, no update, and LoRA factors that change nothing before training. */
import { afterAll, describe, expect, it } from 'vitest';
import { freshFactors } from '../../../src/engine/models/qwen2-5-vl/lora-weights.ts';
import { ADAMW_DEFAULTS } from '../../../src/engine/optimizer/adamw.ts';
import { Learner, scoreOnly } from '../../../src/engine/policy/learner.ts';
import { packTrees } from '../../../src/engine/policy/pack.ts';
import { isLora, type Policy } from '../../../src/engine/policy/policy.ts';
import { scoreBranches, trimBranches } from '../../../src/engine/policy/score.ts';
import { Rng } from '../../../src/engine/rng.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import {
  differing,
  passOf,
  promptWith,
  randomText,
  randomVisual,
  relativeDifference,
  TINY,
  tinyPolicy,
} from '../../support/tiny-model.ts';

const runtime = Runtime.open({ threads: 1 });
const open: Policy[] = [];

afterAll(() => {
  for (const policy of open) policy.dispose();
});

function policyWith(
  ...args: Parameters<typeof tinyPolicy> extends [unknown, ...infer R] ? R : never
): Policy {
  const policy = tinyPolicy(runtime, ...args);
  open.push(policy);
  return policy;
}

const rng = Rng.from('frozen');
const trees = [
  {
    prompt: promptWith(rng, 3, [randomVisual(rng)]),
    branches: [randomText(rng, 5), randomText(rng, 2)],
  },
  { prompt: promptWith(rng, 4), branches: [randomText(rng, 6)] },
];

function bytesOf(data: Float32Array<ArrayBuffer> | undefined): Buffer {
  return Buffer.from(data?.buffer ?? new ArrayBuffer(0));
}

/** One optimizer update on the trees with a gradient of -1 per token. */
async function updateOnce(policy: Policy): Promise<void> {
  const learner = new Learner(policy, { ...ADAMW_DEFAULTS, weightDecay: 0.1 });
  const packed = packTrees(policy.config, trimBranches(trees));
  const request = { ...scoreBranches(trees, packed), temperature: 1 };
  const logprob = new Float32Array(request.index.length).fill(-1);
  await learner.accumulate(packed, request, () => ({ logprob }));
  await learner.update({ learningRate: 1e-3, maxGradNorm: 1 });
  learner.dispose();
}

const PARTS = {
  vision: (name: string) => name.startsWith('visual.') && !name.startsWith('visual.merger.'),
  'vision and merger': (name: string) => name.startsWith('visual.'),
  embeddings: (name: string) => name === 'embed',
  'language model': (name: string) => !name.startsWith('visual.') && name !== 'embed',
  'all but the merger': (name: string) => !name.startsWith('visual.merger.'),
  'all but the last norm': (name: string) => name !== 'norm',
};

describe('frozen parts', () => {
  it.each(Object.entries(PARTS))(
    '%s: the rest learns as if nothing were frozen',
    async (_, isFrozen) => {
      const policy = policyWith({ trainable: (name) => !isFrozen(name) });
      const whole = policyWith();
      expect(policy.trainable.length).toBeGreaterThan(0);
      expect(policy.trainable.some(isFrozen)).toBe(false);
      const own = await passOf(policy, trees);
      const all = await passOf(whole, trees);
      const expected = new Map([...all.gradients].filter(([name]) => !isFrozen(name)));
      expect([...own.gradients.keys()].sort()).toEqual([...expected.keys()].sort());
      expect(differing(own, { ...all, gradients: expected }, 1e-5)).toEqual([]);
      const before = policy.snapshot();
      await updateOnce(policy);
      for (const [name, { data }] of policy.snapshot()) {
        const isSame = Buffer.from(data.buffer).equals(bytesOf(before.get(name)?.data));
        expect([name, isSame]).toEqual([name, isFrozen(name)]);
      }
    },
  );
});

describe('LoRA', () => {
  const shape = {
    rank: 4,
    scaling: 2,
    targets: ['q_proj', 'v_proj', 'down_proj', 'up_proj'] as const,
  };
  const factors = freshFactors(TINY, { ...shape, targets: [...shape.targets] }, 3);

  it('with a zero second factor is the base model, and only factors learn', async () => {
    const base = policyWith();
    const policy = policyWith({ lora: { ...shape, targets: [...shape.targets] }, extra: factors });
    expect(policy.trainable.every(isLora)).toBe(true);
    expect(policy.trainable).toHaveLength(2 * 4 * TINY.text.numHiddenLayers);
    const adapted = await passOf(policy, trees);
    const plain = await passOf(base, trees);
    expect(differing(adapted, { ...plain, gradients: new Map() }, 1e-6)).toEqual([]);
    // B is zero, so A has no gradient yet and B has one.
    for (const [name, gradient] of adapted.gradients) {
      expect([name, gradient.some((x) => x !== 0)]).toEqual([name, name.endsWith('lora_b')]);
    }
    const before = policy.snapshot();
    await updateOnce(policy);
    for (const [name, { data }] of policy.snapshot()) {
      if (!isLora(name)) expect(data).toEqual(before.get(name)?.data);
    }
  });

  it('leaves its reference the base model while it learns', async () => {
    const policy = policyWith({ lora: { ...shape, targets: [...shape.targets] }, extra: factors });
    const reference = policy.reference();
    open.push(reference);
    const packed = packTrees(policy.config, trimBranches(trees));
    const request = { ...scoreBranches(trees, packed), temperature: 1 };
    const before = await scoreOnly(policy, packed, request);
    await updateOnce(policy);
    const moved = await scoreOnly(policy, packed, request);
    expect(moved.logprobs).not.toEqual(before.logprobs);
    const kept = await scoreOnly(reference, packed, request);
    expect(relativeDifference(kept.logprobs, before.logprobs)).toBeLessThan(1e-5);
  });
});

describe('a full reference', () => {
  it('stays where the policy was, bit for bit', async () => {
    const policy = policyWith();
    const reference = policy.reference();
    open.push(reference);
    const packed = packTrees(policy.config, trimBranches(trees));
    const request = { ...scoreBranches(trees, packed), temperature: 1 };
    const before = await scoreOnly(policy, packed, request);
    await updateOnce(policy);
    expect((await scoreOnly(policy, packed, request)).logprobs).not.toEqual(before.logprobs);
    expect(await scoreOnly(reference, packed, request)).toEqual(before);
  });
});
