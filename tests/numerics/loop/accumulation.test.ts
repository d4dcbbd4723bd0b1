/**
 * The split of a step into passes must not show: 1 x 8 examples, 8 x 1 and anything between give the
 * same metrics and, seen in the optimizer's first moment, the same gradient.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { computeAdvantages } from '../../../src/engine/advantage/index.ts';
import { onlineStep } from '../../../src/engine/loop/online-rl.ts';
import type { OnlineStages, OnlineStepOptions } from '../../../src/engine/loop/online-types.ts';
import { preferenceStep } from '../../../src/engine/loop/preference.ts';
import { type SupervisedExample, supervisedStep } from '../../../src/engine/loop/supervised.ts';
import { compileObjective } from '../../../src/engine/objective/compile.ts';
import { compilePreference } from '../../../src/engine/objective/compile-preference.ts';
import { Learner } from '../../../src/engine/policy/learner.ts';
import { resolveRecipe } from '../../../src/engine/recipes/resolve.ts';
import { Rng } from '../../../src/engine/rng.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { policyChoice } from '../../support/objective-batch.ts';
import {
  promptWith,
  randomText,
  randomVisual,
  relativeDifference,
  settings,
  tinyPolicy,
} from '../../support/tiny-model.ts';

const runtime = Runtime.open({ threads: 1 });
/** beta1 = 0: the first moment after an update is its clipped gradient. */
const SHOWS_GRADIENT = { beta1: 0, beta2: 0.9, eps: 1e-8, weightDecay: 0 };
const UPDATE = { learningRate: 1e-3, maxGradNorm: 1e9 };
/** Tokens per pass: one example at a time, a few, all. */
const SPLITS = [1, 40, Number.POSITIVE_INFINITY];
const disposals: (() => void)[] = [];

afterAll(() => {
  for (const dispose of disposals) dispose();
});

interface Outcome {
  readonly metrics: Readonly<Record<string, number>>;
  readonly gradients: Map<string, Float32Array>;
}

/** The same step under every split, each on a fresh policy. */
async function underSplits(
  step: (learner: Learner, tokensPerPass: number) => Promise<Readonly<Record<string, number>>>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const tokensPerPass of SPLITS) {
    const policy = tinyPolicy(runtime);
    const learner = new Learner(policy, SHOWS_GRADIENT);
    const metrics = await step(learner, tokensPerPass);
    const gradients = new Map(
      [...learner.optimizer.state()]
        .filter(([name]) => name.startsWith('m/'))
        .map(([name, { data }]) => [name, data]),
    );
    outcomes.push({ metrics, gradients });
    learner.dispose();
    policy.dispose();
  }
  return outcomes;
}

function expectSame(outcomes: readonly Outcome[]): void {
  const whole = outcomes.at(-1);
  if (whole === undefined) throw new Error('no outcome');
  expect([...whole.gradients.values()].some((gradient) => gradient.some((g) => g !== 0))).toBe(
    true,
  );
  for (const split of outcomes.slice(0, -1)) {
    expect(Object.keys(split.metrics).sort()).toEqual(Object.keys(whole.metrics).sort());
    const apart = Object.entries(whole.metrics).filter(([name, value]) => {
      const scale = Math.max(1e-3, Math.abs(value));
      return !(Math.abs((split.metrics[name] ?? Number.NaN) - value) <= 2e-5 * scale);
    });
    expect(apart.map(([name, value]) => [name, value, split.metrics[name]])).toEqual([]);
    const far = [...whole.gradients].filter(
      ([name, gradient]) =>
        !(relativeDifference(split.gradients.get(name) ?? new Float32Array(), gradient) <= 2e-5),
    );
    expect(far.map(([name]) => name)).toEqual([]);
  }
}

describe('supervised', () => {
  const rng = Rng.from('supervised');
  const examples = Array.from({ length: 8 }, (_, i): SupervisedExample => {
    const prompt = promptWith(rng, 2 + (i % 3), i % 4 === 0 ? [randomVisual(rng)] : []);
    const branches = Array.from({ length: 1 + (i % 2) }, () => randomText(rng, 1 + ((5 * i) % 7)));
    return {
      tree: { prompt, branches },
      branchWeights: branches.map((branch) => Float32Array.from(branch, () => rng.int(0, 2))),
      positionTargets: i % 3 === 0 ? [{ at: 1, token: 5, weight: 0.5 }] : [],
    };
  });

  it('splits as it likes', async () => {
    const outcomes = await underSplits(async (learner, tokensPerPass) => ({
      ...(await supervisedStep(learner, examples, {
        ...UPDATE,
        tokensPerPass,
        positionWeight: 0.7,
      })),
    }));
    expectSame(outcomes);
    expect(outcomes[0]?.metrics['tokens']).toBeGreaterThan(10);
  });

  it('takes examples without a completion, for their position targets or for nothing', async () => {
    const prompt = promptWith(rng, 6);
    const bare = { tree: { prompt, branches: [] } };
    const seen = { ...bare, positionTargets: [{ at: 2, token: 9, weight: 1 }] };
    const mixed = [bare, ...examples.slice(0, 3), seen, bare];
    expectSame(
      await underSplits(async (learner, tokensPerPass) => ({
        ...(await supervisedStep(learner, mixed, { ...UPDATE, tokensPerPass })),
      })),
    );
  });
});

describe('online RL', () => {
  const G = 4;
  const rng = Rng.from('online');
  const prompts = Array.from({ length: 5 }, (_, i) => ({
    id: `p${i}`,
    prompt: promptWith(rng, 2 + i, i === 2 ? [randomVisual(rng)] : []),
  }));
  const { advantage } = resolveOnline();

  function resolveOnline() {
    const recipe = resolveRecipe('grpo', {});
    if (recipe.shape !== 'online-rl') throw new Error('grpo is an online recipe');
    return recipe.slots;
  }

  async function outcomes(
    choice: Parameters<typeof policyChoice>[0],
    over: Partial<OnlineStepOptions> & { readonly judge?: OnlineStages['judge'] } = {},
  ): Promise<Outcome[]> {
    const { judge, ...options } = over;
    const objective = compileObjective(runtime, policyChoice(choice));
    disposals.push(() => objective.dispose());
    return underSplits(async (learner, tokensPerPass) => {
      const reference = tinyPolicy(runtime, { trainable: () => false });
      // A reference elsewhere than the policy, or its KL would be zero.
      const norm = reference.param('norm');
      runtime.write(
        norm,
        runtime.readF32(norm).map((x) => 1.1 * x),
      );
      const stages: OnlineStages = {
        // The last group agrees on its reward and teaches nothing.
        judge:
          judge ??
          ((prompt, { ids }) => ({
            text: '',
            terms: [prompt.id === 'p4' ? 1 : ((ids[0] ?? 0) % 3) / 2],
          })),
        terms: ['parity'],
        weights: Float64Array.of(1),
        advantages: (input) => computeAdvantages(advantage, input),
        objective,
        reference,
      };
      const result = await onlineStep(learner, stages, prompts, {
        ...UPDATE,
        seed: 3,
        step: 1,
        groupSize: G,
        sampling: settings({ maxTokens: 6, stopIds: [7, 8, 9, 100, 101, 102, 103, 104, 105] }),
        epochs: 1,
        minibatches: 1,
        maxRounds: 1,
        tokensPerPass,
        ...options,
      });
      reference.dispose();
      return result.metrics;
    });
  }

  it.each([
    { kind: 'token-mean' },
    { kind: 'global-token-mean' },
    { kind: 'seq-mean-token-mean' },
    { kind: 'constant-length', length: 6 },
  ])('splits as it likes with $kind', async (aggregate) => {
    expectSame(await outcomes({ aggregate }));
  });

  it('splits as it likes with KL and entropy', async () => {
    const choice = {
      aggregate: { kind: 'token-mean' },
      kl: { kind: 'k3', coefficient: 0.1 },
      entropy: { coefficient: -0.05, source: 'full' },
    };
    expectSame(await outcomes(choice));
  });

  it('learns the entropy of groups that agree on their reward', async () => {
    const choice = {
      aggregate: { kind: 'token-mean' },
      entropy: { coefficient: -0.05, source: 'sampled' },
    };
    const judge = () => ({ text: '', terms: [1] });
    expectSame(await outcomes(choice, { judge }));
  });

  it('leaves the weights alone where no group can teach', async () => {
    const judge = () => ({ text: '', terms: [1] });
    for (const { gradients, metrics } of await outcomes(
      { aggregate: { kind: 'token-mean' } },
      { judge },
    )) {
      expect([...gradients.values()].every((gradient) => gradient.every((g) => g === 0))).toBe(
        true,
      );
      expect(metrics['advantage/silent_group_share']).toBe(1);
      expect(metrics['gradient/norm']).toBeUndefined();
    }
  });
});

describe('preference', () => {
  const rng = Rng.from('preference');
  const pairs = Array.from({ length: 5 }, (_, i) => ({
    prompt: promptWith(rng, 2 + i, i === 1 ? [randomVisual(rng)] : []),
    chosen: randomText(rng, 2 + i),
    rejected: randomText(rng, 6 - i),
  }));

  it('splits as it likes', async () => {
    const recipe = resolveRecipe('dpo', {});
    if (recipe.shape !== 'preference') throw new Error('dpo is a preference recipe');
    const objective = compilePreference(runtime, recipe.slots.objective);
    disposals.push(() => objective.dispose());
    const reference = tinyPolicy(runtime, { trainable: () => false });
    const norm = reference.param('norm');
    runtime.write(
      norm,
      runtime.readF32(norm).map((x) => 1.1 * x),
    );
    disposals.push(() => reference.dispose());
    expectSame(
      await underSplits((learner, tokensPerPass) =>
        preferenceStep(learner, reference, objective, {
          pairs,
          options: { ...UPDATE, tokensPerPass },
        }),
      ),
    );
  });
});
