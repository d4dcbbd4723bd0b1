/**
 * Each reward term is normalised in its group first, then weighted and summed, then whitened over
 * the batch: z_r = (x_r - mean_group) / (std_group + epsilon), R = sum_r w_r z_r,
 * A = (R - mean_batch R) / (std_batch R + epsilon). A term with a large scale can no longer drown
 * another. GDPO, arXiv:2601.05242.
 */
import { z } from 'zod';
import { countRows, defineAdvantage } from './define.ts';
import { centred, SPREAD_EPSILON, spreadOf, weightedTotals } from './statistics.ts';

export const normalizeThenSum = defineAdvantage({
  id: 'normalize-then-sum',
  paper: 'arXiv:2601.05242',
  meaning:
    'every reward term normalised in its group, then weighted, summed and whitened over the batch',
  params: {
    epsilon: z
      .number()
      .positive()
      .default(SPREAD_EPSILON)
      .meta({ description: 'Added to the spread before dividing by it.', isAdvanced: true }),
  },
  compute(input, { epsilon }) {
    const rows = countRows('normalize-then-sum', input);
    const width = input.weights.length;
    const normalised = new Float64Array(input.terms.length);
    for (let start = 0; start < rows; start += input.groupSize) {
      for (let term = 0; term < width; term++) {
        const group = spreadOf(input.terms, start * width + term, input.groupSize, width);
        for (let row = start; row < start + input.groupSize; row++) {
          const at = row * width + term;
          // NaN stays NaN here: a term that could not judge must not become an average one.
          normalised[at] = ((input.terms[at] ?? Number.NaN) - group.mean) / (group.std + epsilon);
        }
      }
    }
    const rewards = weightedTotals({ ...input, terms: normalised }, rows);
    restoreJudgedRows(rewards, input.terms, width);
    const batch = spreadOf(rewards, 0, rows);
    const advantages = rewards.map((reward) => centred(reward, batch.mean, batch.std + epsilon));
    return { rewards, advantages, std: new Float64Array(rows).fill(batch.std) };
  },
});

/**
 * A judged row whose every term was alone in its group has only undefined z-scores: its total is an
 * empty sum, 0, and not "no reward" (as TRL's nansum has it).
 */
function restoreJudgedRows(rewards: Float64Array, terms: Float64Array, width: number): void {
  for (let row = 0; row < rewards.length; row++) {
    if (!Number.isNaN(rewards[row] ?? Number.NaN)) continue;
    const isJudged = terms.subarray(row * width, (row + 1) * width).some((x) => !Number.isNaN(x));
    if (isJudged) rewards[row] = 0;
  }
}
