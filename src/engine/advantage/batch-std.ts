/**
 * Group mean, batch spread: A = (R - mean_group R) / (std_batch R + epsilon). The spread is that of
 * the raw rewards of the whole generation batch (not centred per group), n-1.
 * Lite-PPO, arXiv:2508.08221.
 */
import { z } from 'zod';
import { countRows, defineAdvantage } from './define.ts';
import { centred, SPREAD_EPSILON, spreadOf, weightedTotals } from './statistics.ts';

export const batchStd = defineAdvantage({
  id: 'batch-std',
  paper: 'arXiv:2508.08221',
  meaning:
    'reward minus the group mean, divided by the standard deviation of all rewards of the batch',
  params: {
    epsilon: z
      .number()
      .positive()
      .default(SPREAD_EPSILON)
      .meta({ description: 'Added to the spread before dividing by it.', isAdvanced: true }),
  },
  compute(input, { epsilon }) {
    const rows = countRows('batch-std', input);
    const rewards = weightedTotals(input, rows);
    const batch = spreadOf(rewards, 0, rows);
    const advantages = new Float64Array(rows);
    for (let start = 0; start < rows; start += input.groupSize) {
      const group = spreadOf(rewards, start, input.groupSize);
      for (let row = start; row < start + input.groupSize; row++) {
        advantages[row] = centred(rewards[row] ?? Number.NaN, group.mean, batch.std + epsilon);
      }
    }
    return { rewards, advantages, std: new Float64Array(rows).fill(batch.std) };
  },
});
