/**
 * Leave-one-out baseline: A_i = R_i - mean_{j != i} R_j over the other rows of the group that have a
 * reward; an unbiased baseline, because it does not contain the row's own sample.
 * RLOO, arXiv:2402.14740.
 */
import { countRows, defineAdvantage } from './define.ts';
import { spreadOf, weightedTotals } from './statistics.ts';

export const leaveOneOut = defineAdvantage({
  id: 'leave-one-out',
  paper: 'arXiv:2402.14740',
  meaning: 'reward minus the mean reward of the other completions of the same prompt',
  params: {},
  compute(input) {
    const rows = countRows('leave-one-out', input);
    const rewards = weightedTotals(input, rows);
    const advantages = new Float64Array(rows);
    const std = new Float64Array(rows);
    for (let start = 0; start < rows; start += input.groupSize) {
      const { mean, std: spread, count } = spreadOf(rewards, start, input.groupSize);
      for (let row = start; row < start + input.groupSize; row++) {
        const reward = rewards[row] ?? Number.NaN;
        std[row] = spread;
        // R - (count*mean - R)/(count-1) = (R - mean) * count/(count-1)
        const isComparable = count > 1 && !Number.isNaN(reward);
        advantages[row] = isComparable ? ((reward - mean) * count) / (count - 1) : 0;
      }
    }
    return { rewards, advantages, std };
  },
});
