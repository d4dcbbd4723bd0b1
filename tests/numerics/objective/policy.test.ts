/**
 * Policy objectives against plain loops and central differences over the whole product of parts, and
 * the equivalences and invariants that tie methods to each other.
 */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { objectiveMetrics } from '../../../src/engine/objective/metrics.ts';
import type { PolicyChoice } from '../../../src/engine/objective/parts.ts';
import { policyObjective } from '../../../src/engine/objective/policy.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import {
  type Batch,
  batches,
  inputOf,
  naiveLoss,
  objectiveCache,
  policyChoice,
} from '../../support/objective-batch.ts';

const { objectiveOf, dispose } = objectiveCache(Runtime.open({ threads: 1 }));

afterAll(dispose);

const variants: readonly (readonly [string, PolicyChoice])[] = [
  ['token ratio', policyChoice()],
  [
    'sequence ratio, two-sided clip',
    policyChoice({
      ratio: { kind: 'sequence' },
      surrogate: { kind: 'ppo-clip', low: 0.05, high: 0.1, delta: 1.2 },
    }),
  ],
  [
    'token-mean, k1',
    policyChoice({ aggregate: { kind: 'token-mean' }, kl: { kind: 'k1', coefficient: 0.3 } }),
  ],
  [
    'global-token-mean, k2',
    policyChoice({
      aggregate: { kind: 'global-token-mean' },
      kl: { kind: 'k2', coefficient: 0.3 },
    }),
  ],
  [
    'constant-length, k3',
    policyChoice({
      aggregate: { kind: 'constant-length', length: 9 },
      kl: { kind: 'k3', coefficient: 0.3 },
    }),
  ],
  ['sapo', policyChoice({ surrogate: { kind: 'sapo' } })],
  ['entropy bonus, full', policyChoice({ entropy: { coefficient: -0.2, source: 'full' } })],
  [
    'perception, sampled entropies',
    policyChoice({
      entropy: { coefficient: 0.2, source: 'sampled' },
      perception: {
        kind: 'implicit-kl',
        coefficient: 0.3,
        maskedEntropy: 0.2,
        throughMasked: true,
      },
    }),
  ],
  [
    'perception as printed, full entropies',
    policyChoice({
      entropy: { coefficient: 0.2, source: 'full' },
      aggregate: { kind: 'token-mean' },
      perception: {
        kind: 'implicit-kl',
        coefficient: 0.3,
        ratio: 'clean-over-masked',
        maskedEntropy: 0.2,
        maskedEntropySource: 'full',
        throughMasked: true,
      },
    }),
  ],
];

type Differentiable = 'logprobs' | 'entropy' | 'maskedLogprobs' | 'maskedEntropy';

describe.each(variants)('%s', (_, choice) => {
  it('has the loss of the plain loops', async () => {
    await fc.assert(
      fc.asyncProperty(batches(), async (batch) => {
        const { loss } = await objectiveOf(choice).run(inputOf(batch));
        expect(loss).toBeCloseTo(naiveLoss(choice, batch), 10);
      }),
      { numRuns: 20 },
    );
  });

  it('has the gradient of central differences', async () => {
    await fc.assert(
      fc.asyncProperty(batches({ rows: 3, width: 3 }), async (batch) => {
        const { gradients } = await objectiveOf(choice).run(inputOf(batch));
        for (const name of policyObjective(choice).differentiable as Differentiable[]) {
          gradients[name]?.forEach((gradient, at) => {
            expect(gradient).toBeCloseTo(centralDifference(choice, batch, name, at), 4);
          });
        }
      }),
      { numRuns: 10 },
    );
  });
});

function centralDifference(
  choice: PolicyChoice,
  batch: Batch,
  name: Differentiable,
  at: number,
): number {
  const step = 1e-6;
  const moved = (by: number) => ({
    ...batch,
    [name]: batch[name].map((x, i) => (i === at ? x + by : x)),
  });
  return (naiveLoss(choice, moved(step)) - naiveLoss(choice, moved(-step))) / (2 * step);
}

describe('equivalences', () => {
  it('sequence ratio is token ratio when every completion has one token', async () => {
    await fc.assert(
      fc.asyncProperty(batches({ width: 1 }), async (batch) => {
        const byToken = await objectiveOf(policyChoice()).run(inputOf(batch));
        const bySequence = await objectiveOf(policyChoice({ ratio: { kind: 'sequence' } })).run(
          inputOf(batch),
        );
        expect(bySequence.loss).toBeCloseTo(byToken.loss, 12);
        expect([...(bySequence.gradients.logprobs ?? [])]).toEqual([
          ...(byToken.gradients.logprobs ?? []),
        ]);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['ppo-clip', policyChoice({ aggregate: { kind: 'token-mean' } })],
    ['cispo', policyChoice({ aggregate: { kind: 'token-mean' }, surrogate: { kind: 'cispo' } })],
    [
      'sapo',
      policyChoice({
        aggregate: { kind: 'token-mean' },
        surrogate: { kind: 'sapo', tauPositive: 1, tauNegative: 1.05 },
      }),
    ],
  ])('%s on policy has the gradient of REINFORCE', async (_, choice) => {
    await fc.assert(
      fc.asyncProperty(batches(), async (random) => {
        const batch = { ...random, oldLogprobs: random.logprobs };
        const { gradients } = await objectiveOf(choice).run(inputOf(batch));
        const tokens = Math.max(
          1,
          batch.mask.reduce((sum, x) => sum + x, 0),
        );
        gradients.logprobs?.forEach((gradient, at) => {
          const advantage = batch.advantages[Math.floor(at / batch.width)] ?? 0;
          expect(gradient).toBeCloseTo((-advantage * (batch.mask[at] ?? 0)) / tokens, 6);
        });
      }),
      { numRuns: 15 },
    );
  });

  it('two tokens that cancel have sequence ratio 1', async () => {
    const run = (kind: string) =>
      objectiveOf(policyChoice({ ratio: { kind } })).run({
        rows: 1,
        width: 2,
        advantages: Float64Array.of(1),
        columns: {
          logprobs: Float64Array.of(-1, -1),
          oldLogprobs: Float64Array.of(-1.2, -0.8),
          mask: Float64Array.of(1, 1),
        },
      });
    expect((await run('sequence')).metrics[objectiveMetrics.ratioMax.id]).toBe(1);
    expect((await run('token')).metrics[objectiveMetrics.ratioMax.id]).toBeCloseTo(
      Math.exp(0.2),
      12,
    );
  });

  it('PAPO: l = -1, a = -2 gives k3 0.3679 and d/dl -0.01264 at gamma 0.02', async () => {
    const choice = policyChoice({ perception: { kind: 'implicit-kl', coefficient: 0.02 } });
    const { loss, gradients, metrics } = await objectiveOf(choice).run({
      rows: 1,
      width: 1,
      advantages: Float64Array.of(0),
      columns: {
        logprobs: Float64Array.of(-1),
        oldLogprobs: Float64Array.of(-1),
        maskedLogprobs: Float64Array.of(-2),
        mask: Float64Array.of(1),
      },
    });
    expect(metrics[objectiveMetrics.perceptionKl.id]).toBeCloseTo(0.3679, 4);
    expect(loss).toBeCloseTo(-0.00736, 5);
    expect(gradients.logprobs?.[0]).toBeCloseTo(-0.01264, 5);
    // The reference code's default: nothing flows through the masked pass.
    expect(gradients.maskedLogprobs).toBeUndefined();
  });
});

describe('metrics and errors', () => {
  it('reports clip fractions, ratio and entropy', async () => {
    const { metrics } = await objectiveOf(policyChoice()).run({
      rows: 2,
      width: 2,
      advantages: Float64Array.of(1, -1),
      columns: {
        logprobs: Float64Array.of(-1, -1, -2, -2),
        oldLogprobs: Float64Array.of(-1.5, -1, -1, -2),
        mask: Float64Array.of(1, 1, 1, 0),
        entropy: Float64Array.of(1, 2, 3, 100),
      },
    });
    expect(metrics[objectiveMetrics.clipHigh.id]).toBeCloseTo(1 / 3, 12);
    expect(metrics[objectiveMetrics.clipLow.id]).toBeCloseTo(1 / 3, 12);
    expect(metrics[objectiveMetrics.ratioMax.id]).toBeCloseTo(Math.exp(0.5), 12);
    expect(metrics[objectiveMetrics.ratioMean.id]).toBeCloseTo(
      (Math.exp(0.5) + 1 + Math.exp(-1)) / 3,
      12,
    );
    expect(metrics[objectiveMetrics.entropy.id]).toBe(2);
  });

  it('is finite, and without gradient, when nothing is scored', async () => {
    for (const [, choice] of variants) {
      const zeros = new Float64Array(6);
      const { loss, gradients } = await objectiveOf(choice).run({
        rows: 2,
        width: 3,
        advantages: Float64Array.of(1, -1),
        columns: {
          logprobs: zeros,
          oldLogprobs: zeros,
          refLogprobs: zeros,
          maskedLogprobs: zeros,
          entropy: zeros,
          maskedEntropy: zeros,
          mask: zeros,
        },
      });
      expect(Math.abs(loss)).toBe(0);
      expect(gradients.logprobs?.every((x) => Math.abs(x) === 0)).toBe(true);
    }
  });

  it('names a missing column and a wrong length', async () => {
    const objective = objectiveOf(policyChoice({ kl: { kind: 'k3', coefficient: 0.1 } }));
    const two = Float64Array.of(-1, -1);
    const columns = { logprobs: two, oldLogprobs: two, mask: two };
    const input = { rows: 1, width: 2, advantages: Float64Array.of(1), columns };
    await expect(objective.run(input)).rejects.toThrow(
      /input 'refLogprobs' must have \[B,T\] = 2 numbers, got none/,
    );
    await expect(
      objective.run({ ...input, columns: { ...columns, refLogprobs: Float64Array.of(1) } }),
    ).rejects.toMatchObject({ code: 'graph/shape-mismatch' });
  });
});
