/** Metric definitions: well-formed ids, each once, and every emitted one is defined. */
import { describe, expect, it } from 'vitest';
import { advantageMetrics } from '../../../src/engine/advantage/metrics.ts';
import { defineMetric } from '../../../src/engine/metrics/define.ts';
import { compileObjective } from '../../../src/engine/objective/compile.ts';
import { objectiveMetrics } from '../../../src/engine/objective/metrics.ts';
import { findMetric } from '../../../src/engine/recipes/metrics.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { policyChoice } from '../../support/objective-batch.ts';

describe('definitions', () => {
  const all = [...Object.values(objectiveMetrics), ...Object.values(advantageMetrics)];

  it('have one id each and can be found by it', () => {
    expect(new Set(all.map((metric) => metric.id)).size).toBe(all.length);
    for (const metric of all) expect(findMetric(metric.id)).toBe(metric);
  });

  it('are refused with an id that is not stage/quantity', () => {
    for (const id of ['loss', 'Objective/loss', 'objective/loss-nats', 'a/b/c', '']) {
      expect(() => defineMetric({ id, unit: '', direction: 'none', meaning: '' })).toThrow(
        /stage\/quantity/,
      );
    }
  });
});

it('every metric an objective emits is defined', async () => {
  const everything = policyChoice({
    kl: { kind: 'k3', coefficient: 0.1 },
    entropy: { coefficient: 0.1, source: 'full' },
    perception: { kind: 'implicit-kl' },
  });
  const column = Float32Array.of(-1, -2);
  const objective = compileObjective(Runtime.open({ threads: 1 }), everything);
  const { metrics } = await objective.run({
    rows: 1,
    width: 2,
    advantages: Float32Array.of(1),
    columns: {
      logprobs: column,
      oldLogprobs: column,
      refLogprobs: column,
      maskedLogprobs: column,
      entropy: column,
      mask: Float32Array.of(1, 1),
    },
  });
  expect(Object.keys(metrics).length).toBeGreaterThan(8);
  for (const id of Object.keys(metrics)) expect(findMetric(id)?.id).toBe(id);
});
