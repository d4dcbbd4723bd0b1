/** What the loops themselves report: rollouts, gradients, the optimizer, time. */
import { defineMetric, type MetricDefinition } from './define.ts';

export const loopMetrics = {
  length: defineMetric({
    id: 'rollout/length_tokens',
    unit: 'tokens',
    direction: 'none',
    meaning: 'mean length of the completions, end token included',
  }),
  truncated: defineMetric({
    id: 'rollout/truncated_share',
    unit: 'fraction',
    direction: 'lower',
    meaning: 'share of completions cut off at the cap',
  }),
  entropy: defineMetric({
    id: 'rollout/entropy_nats',
    unit: 'nats',
    direction: 'none',
    meaning: 'mean full-vocabulary entropy while sampling, per token',
  }),
  groupsSampled: defineMetric({
    id: 'rollout/groups_sampled',
    unit: 'count',
    direction: 'none',
    meaning: 'groups sampled for the step, those without spread that were replaced included',
  }),
  gradNorm: defineMetric({
    id: 'gradient/norm',
    unit: '',
    direction: 'none',
    meaning: 'global L2 norm before clipping; rising with falling accuracy announces a collapse',
  }),
  learningRate: defineMetric({
    id: 'optimizer/learning_rate',
    unit: '',
    direction: 'none',
    meaning: 'rate of the update',
  }),
  scoredTokens: defineMetric({
    id: 'data/scored_tokens',
    unit: 'tokens',
    direction: 'none',
    meaning: 'completion tokens that carried loss',
  }),
  packedTokens: defineMetric({
    id: 'data/packed_tokens',
    unit: 'tokens',
    direction: 'none',
    meaning: 'tokens that went through the model; a shared prompt counts once',
  }),
} as const;

/** Metrics with an open end of names: one per stage of the loop, one per reward term. */
export function familyMetric(id: string): MetricDefinition | undefined {
  const [stage, quantity = ''] = id.split('/');
  if (stage === 'timing' && quantity.endsWith('_ms')) {
    const what = quantity.slice(0, -'_ms'.length);
    return { id, unit: 'ms', direction: 'lower', meaning: `time of the step's ${what} stage` };
  }
  if (stage === 'reward' && quantity !== '') {
    const term = quantity.replaceAll('_', '-');
    return {
      id,
      unit: '',
      direction: 'higher',
      meaning: `mean raw score of the reward term ${term}`,
    };
  }
  return undefined;
}
