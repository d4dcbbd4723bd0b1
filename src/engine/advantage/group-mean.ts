/**
 * Centred only: A = R - mean_group R. Dividing by the spread favours questions that are nearly
 * always or nearly never solved; Dr.GRPO (arXiv:2503.20783) leaves it out.
 */
import { countRows, defineAdvantage } from './define.ts';
import { centred, spreadOf, weightedTotals } from './statistics.ts';

export const groupMean = defineAdvantage({
  id: 'group-mean',
  paper: 'arXiv:2503.20783',
  meaning: 'reward minus the group mean, not divided by anything',
  params: {},
  compute(input) {
    const rows = countRows('group-mean', input);
    const rewards = weightedTotals(input, rows);
    const advantages = new Float64Array(rows);
    const std = new Float64Array(rows);
    for (let start = 0; start < rows; start += input.groupSize) {
      const group = spreadOf(rewards, start, input.groupSize);
      for (let row = start; row < start + input.groupSize; row++) {
        std[row] = group.std;
        advantages[row] = centred(rewards[row] ?? Number.NaN, group.mean, 1);
      }
    }
    return { rewards, advantages, std };
  },
});
