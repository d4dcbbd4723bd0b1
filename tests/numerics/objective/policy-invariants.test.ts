/** What no policy objective may depend on: padding, the split into micro-batches, the precision. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { objectiveMetrics } from '../../../src/engine/objective/metrics.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { batches, inputOf, objectiveCache, policyChoice } from '../../support/objective-batch.ts';

const { objectiveOf, dispose } = objectiveCache(Runtime.open({ threads: 1 }));

afterAll(dispose);

describe('invariants', () => {
  const grpo = policyChoice({ kl: { kind: 'k3', coefficient: 0.04 } });
  const everything = [
    grpo,
    policyChoice({ ratio: { kind: 'sequence' }, aggregate: { kind: 'token-mean' } }),
    policyChoice({
      aggregate: { kind: 'constant-length', length: 5 },
      surrogate: { kind: 'cispo' },
      entropy: { coefficient: 0.1, source: 'full' },
    }),
  ];

  it('whatever padding holds, NaN included, changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(batches(), fc.constantFrom(...everything), async (batch, choice) => {
        const dirty = (column: Float64Array) =>
          column.map((x, at) => (batch.mask[at] === 1 ? x : at % 2 === 0 ? Number.NaN : 1e4));
        const { mask } = batch;
        const clean = await objectiveOf(choice).run(inputOf(batch));
        const soiled = await objectiveOf(choice).run(
          inputOf({
            ...batch,
            logprobs: dirty(batch.logprobs),
            oldLogprobs: dirty(batch.oldLogprobs),
            refLogprobs: dirty(batch.refLogprobs),
            entropy: dirty(batch.entropy),
          }),
        );
        expect(soiled).toEqual(clean);
        clean.gradients.logprobs?.forEach((gradient, at) => {
          if (mask[at] !== 1) expect(Math.abs(gradient)).toBe(0);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('further padded columns add nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        batches(),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(...everything),
        async (batch, extra, choice) => {
          const widen = (column: Float64Array) => {
            const wide = new Float64Array(batch.rows * (batch.width + extra));
            for (let row = 0; row < batch.rows; row++) {
              wide.set(
                column.subarray(row * batch.width, (row + 1) * batch.width),
                row * (batch.width + extra),
              );
            }
            return wide;
          };
          const before = await objectiveOf(choice).run(inputOf(batch));
          const after = await objectiveOf(choice).run(
            inputOf({
              ...batch,
              width: batch.width + extra,
              logprobs: widen(batch.logprobs),
              oldLogprobs: widen(batch.oldLogprobs),
              refLogprobs: widen(batch.refLogprobs),
              maskedLogprobs: widen(batch.maskedLogprobs),
              entropy: widen(batch.entropy),
              maskedEntropy: widen(batch.maskedEntropy),
              mask: widen(batch.mask),
            }),
          );
          expect(after.loss).toBeCloseTo(before.loss, 12);
          expect(after.metrics[objectiveMetrics.ratioMean.id]).toBeCloseTo(
            before.metrics[objectiveMetrics.ratioMean.id] ?? 0,
            12,
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  it('micro-batches add up to the big batch', async () => {
    await fc.assert(
      fc.asyncProperty(
        batches({ rows: 6 }),
        fc.constantFrom(...everything),
        async (batch, choice) => {
          const whole = await objectiveOf(choice).run(inputOf(batch));
          const counts = {
            tokenCount: 50,
            batchTokens: Math.max(
              1,
              batch.mask.reduce((sum, x) => sum + x, 0),
            ),
            batchSequences: batch.rows,
          };
          let loss = 0;
          const gradients: number[] = [];
          for (let row = 0; row < batch.rows; row++) {
            const cut = (column: Float64Array) =>
              column.subarray(row * batch.width, (row + 1) * batch.width);
            const { columns } = inputOf(batch);
            const part = await objectiveOf(choice).run({
              rows: 1,
              width: batch.width,
              advantages: batch.advantages.subarray(row, row + 1),
              // Every column of a test batch is a Float64Array.
              columns: Object.fromEntries(
                Object.entries(columns).map(([name, column]) => [
                  name,
                  cut(column as Float64Array),
                ]),
              ),
              counts,
            });
            loss += part.loss;
            gradients.push(...(part.gradients.logprobs ?? []));
          }
          expect(loss).toBeCloseTo(whole.loss, 10);
          whole.gradients.logprobs?.forEach((gradient, at) => {
            expect(gradients[at]).toBeCloseTo(gradient, 6);
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  it('float32 stays close to float64', async () => {
    await fc.assert(
      fc.asyncProperty(batches(), fc.constantFrom(...everything), async (batch, choice) => {
        const exact = await objectiveOf(choice).run(inputOf(batch));
        const single = await objectiveOf(choice, 'f32').run(inputOf(batch));
        // A ratio within rounding of a clip border may fall on the other side: the loss is continuous there.
        expect(single.loss).toBeCloseTo(exact.loss, 5);
      }),
      { numRuns: 15 },
    );
  });
});
