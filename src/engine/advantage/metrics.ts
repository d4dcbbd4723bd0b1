/** What the advantage stage reports: rewards and spreads [B] in, named numbers out. */
import { defineMetric } from '../metrics/define.ts';
import type { AdvantageResult } from './define.ts';
import { spreadOf } from './statistics.ts';

export const advantageMetrics = {
  rewardMean: defineMetric({
    id: 'reward/mean',
    unit: '',
    direction: 'higher',
    meaning: 'mean weighted reward of the batch',
  }),
  rewardStd: defineMetric({
    id: 'reward/std',
    unit: '',
    direction: 'none',
    meaning: 'sample standard deviation of the weighted rewards of the batch',
  }),
  silentGroups: defineMetric({
    id: 'advantage/silent_group_share',
    unit: 'fraction',
    direction: 'lower',
    meaning:
      'share of groups whose completions all got the same reward, so that they teach nothing',
  }),
  absMean: defineMetric({
    id: 'advantage/abs_mean',
    unit: '',
    direction: 'none',
    meaning: 'mean size of the advantages',
  }),
} as const;

/** @returns the metrics above by id; a number that does not exist (no judged row) is left out. */
export function measureAdvantages(
  result: AdvantageResult,
  groupSize: number,
): Record<string, number> {
  const rows = result.rewards.length;
  const batch = spreadOf(result.rewards, 0, rows);
  let silent = 0;
  for (let start = 0; start < rows; start += groupSize) {
    const group = result.advantages.subarray(start, start + groupSize);
    if (group.every((advantage) => advantage === group[0])) silent++;
  }
  const found: readonly (readonly [string, number])[] = [
    [advantageMetrics.rewardMean.id, batch.mean],
    [advantageMetrics.rewardStd.id, batch.std],
    [advantageMetrics.silentGroups.id, (silent * groupSize) / rows],
    [
      advantageMetrics.absMean.id,
      result.advantages.reduce((sum, a) => sum + Math.abs(a), 0) / rows,
    ],
  ];
  return Object.fromEntries(found.filter(([, value]) => Number.isFinite(value)));
}
