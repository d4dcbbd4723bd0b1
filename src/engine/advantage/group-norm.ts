/**
 * Group z-score: A = (R - mean_group R) / (std_group R + epsilon), std with n-1.
 * GRPO, arXiv:2402.03300 eq. 3 (outcome supervision).
 */
import { z } from 'zod';
import { countRows, defineAdvantage } from './define.ts';
import { centred, SPREAD_EPSILON, spreadOf, weightedTotals } from './statistics.ts';

export const groupNorm = defineAdvantage({
  id: 'group-norm',
  paper: 'arXiv:2402.03300',
  meaning: 'reward minus the group mean, divided by the group standard deviation',
  params: {
    epsilon: z
      .number()
      .positive()
      .default(SPREAD_EPSILON)
      .meta({ description: 'Added to the spread before dividing by it.', isAdvanced: true }),
  },
  compute(input, { epsilon }) {
    const rows = countRows('group-norm', input);
    const rewards = weightedTotals(input, rows);
    const advantages = new Float64Array(rows);
    const std = new Float64Array(rows);
    for (let start = 0; start < rows; start += input.groupSize) {
      const group = spreadOf(rewards, start, input.groupSize);
      for (let row = start; row < start + input.groupSize; row++) {
        std[row] = group.std;
        advantages[row] = centred(rewards[row] ?? Number.NaN, group.mean, group.std + epsilon);
      }
    }
    return { rewards, advantages, std };
  },
});
