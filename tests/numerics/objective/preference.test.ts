/** Preference and supervised objectives over token columns: limits, closed forms, padding. */
import { describe, expect, it } from 'vitest';
import { compilePreference } from '../../../src/engine/objective/compile-preference.ts';
import { compileSupervised } from '../../../src/engine/objective/compile-supervised.ts';
import { objectiveMetrics } from '../../../src/engine/objective/metrics.ts';
import { preferenceSlot } from '../../../src/engine/objective/parts.ts';
import { Runtime } from '../../../src/engine/runtime/runtime.ts';

const runtime = Runtime.open({ threads: 1 });

// Two pairs, three columns; rows: chosen 0, chosen 1, rejected 0, rejected 1.
const mask = Float64Array.of(1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0);
const logprobs = Float64Array.of(-1, -2, Number.NaN, -0.5, -0.2, -1, -3, 9, 9, -1, -1.5, 7);
const refLogprobs = Float64Array.of(
  -1.2,
  -2.2,
  5,
  -0.4,
  -0.3,
  -0.9,
  -2.5,
  9,
  9,
  -1,
  -1,
  Number.NaN,
);
const chosen = [0.4, -0.1];
const rejected = [-0.5, -0.5];
const tokens = { chosen: [2, 3], rejected: [1, 2] };

function run(kind: 'dpo' | 'ipo' | 'hinge', beta: number) {
  const choice = preferenceSlot.parse({ kind: 'preference', loss: { kind, beta } });
  return compilePreference(runtime, choice, { dtype: 'f64' }).run({
    columns: { logprobs, refLogprobs, mask },
    pairs: 2,
    width: 3,
  });
}

const mean = (list: number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;

describe('preference objectives', () => {
  it('DPO is the logistic loss of the margin', async () => {
    const { loss, metrics } = await run('dpo', 0.7);
    const margins = chosen.map((c, i) => 0.7 * (c - (rejected[i] ?? 0)));
    expect(loss).toBeCloseTo(mean(margins.map((m) => Math.log(1 + Math.exp(-m)))), 12);
    expect(metrics[objectiveMetrics.margin.id]).toBeCloseTo(mean(margins), 12);
    expect(metrics[objectiveMetrics.pairAccuracy.id]).toBe(1);
    expect(metrics[objectiveMetrics.chosenReward.id]).toBeCloseTo(0.7 * mean(chosen), 12);
  });

  it('DPO gradient / beta tends to half the difference of the sides as beta goes to 0', async () => {
    const beta = 1e-6;
    const { gradients } = await run('dpo', beta);
    mask.forEach((scored, at) => {
      // Two pairs, so each pair weighs a half; chosen rows come first and are pushed up.
      const limit = ((at < 6 ? -1 : 1) * scored) / 2 / 2;
      expect((gradients.logprobs?.[at] ?? Number.NaN) / beta).toBeCloseTo(limit, 5);
    });
  });

  it('IPO divides each side by its own length', async () => {
    const { loss } = await run('ipo', 0.1);
    const distances = chosen.map(
      (c, i) => c / (tokens.chosen[i] ?? 1) - (rejected[i] ?? 0) / (tokens.rejected[i] ?? 1) - 5,
    );
    expect(loss).toBeCloseTo(mean(distances.map((d) => d * d)), 10);
  });

  it('hinge stops where the margin is met', async () => {
    expect((await run('hinge', 0.1)).loss).toBeCloseTo(mean([1 - 0.09, 1 - 0.04]), 12);
    const met = await run('hinge', 100);
    expect(met.loss).toBe(0);
    expect(met.gradients.logprobs?.every((x) => Math.abs(x) === 0)).toBe(true);
  });
});

describe('supervised objective', () => {
  it('is one mean over all scored tokens and adds up over micro-batches', async () => {
    const objective = compileSupervised(
      runtime,
      { kind: 'supervised', loss: { kind: 'nll' } },
      { dtype: 'f64' },
    );
    const half = { logprobs: logprobs.subarray(0, 6), mask: mask.subarray(0, 6) };
    const alone = await objective.run({ columns: half, rows: 2, width: 3 });
    expect(alone.loss).toBeCloseTo((1 + 2 + 0.5 + 0.2 + 1) / 5, 12);
    expect([...(alone.gradients.logprobs ?? [])].map((x) => x + 0)).toEqual(
      [...half.mask].map((m) => Math.fround(-m / 5) + 0),
    );
    const part = await objective.run({
      columns: half,
      rows: 2,
      width: 3,
      counts: { batchTokens: 50 },
    });
    expect(part.loss).toBeCloseTo(alone.loss / 10, 12);
  });
});
