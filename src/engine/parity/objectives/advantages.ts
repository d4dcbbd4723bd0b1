/** `advantages.json`: rewards per function with missing values -> totals, advantages, spreads. */
import { z } from 'zod';
import { type AdvantageChoice, computeAdvantages } from '../../advantage/index.ts';
import { SPREAD_EPSILON } from '../../advantage/statistics.ts';
import { type Computed, flatten } from './compare.ts';

export const advantageCase = z.looseObject({
  name: z.string(),
  rewards_per_func: z.array(z.array(z.number().nullable()).min(1)).min(1),
  reward_weights: z.array(z.number()),
  num_generations: z.number().int().positive(),
  scale_rewards: z.enum(['group', 'batch', 'none']),
  aggregation: z.enum(['sum_then_normalize', 'normalize_then_sum']),
  expected: z.record(z.string(), z.unknown()),
});

function choiceOf(item: z.output<typeof advantageCase>): AdvantageChoice {
  if (item.aggregation === 'normalize_then_sum')
    return { kind: 'normalize-then-sum', epsilon: SPREAD_EPSILON };
  switch (item.scale_rewards) {
    case 'group':
      return { kind: 'group-norm', epsilon: SPREAD_EPSILON };
    case 'batch':
      return { kind: 'batch-std', epsilon: SPREAD_EPSILON };
    case 'none':
      return { kind: 'group-mean' };
  }
}

export function computeAdvantageCase(item: z.output<typeof advantageCase>): Computed {
  const result = computeAdvantages(choiceOf(item), {
    terms: Float64Array.from(flatten(item.rewards_per_func)),
    weights: Float64Array.from(item.reward_weights),
    groupSize: item.num_generations,
  });
  return { total_rewards: result.rewards, advantages: result.advantages, std: result.std };
}
