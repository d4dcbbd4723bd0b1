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
  tokens: defineMetric({
    id: 'rollout/tokens',
    unit: 'tokens',
    direction: 'none',
    meaning: 'completion tokens sampled in the step',
  }),
  completions: defineMetric({
    id: 'rollout/completions',
    unit: 'count',
    direction: 'none',
    meaning: 'completions sampled in the step',
  }),
  zeroVariance: defineMetric({
    id: 'rollout/zero_variance_share',
    unit: 'fraction',
    direction: 'lower',
    meaning: 'share of groups whose completions all got the same reward: they teach nothing',
  }),
  uniqueAnswers: defineMetric({
    id: 'rollout/unique_answers',
    unit: 'count',
    direction: 'none',
    meaning: 'mean number of different answers in a group; 1 = the group agrees',
  }),
  lengthRight: defineMetric({
    id: 'rollout/length_right_tokens',
    unit: 'tokens',
    direction: 'none',
    meaning: 'mean length of the completions whose answer is right',
  }),
  lengthWrong: defineMetric({
    id: 'rollout/length_wrong_tokens',
    unit: 'tokens',
    direction: 'none',
    meaning: 'mean length of the completions whose answer is wrong; rising alone = rambling',
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
  memory: defineMetric({
    id: 'memory/rss_bytes',
    unit: 'bytes',
    direction: 'lower',
    meaning: 'memory of the engine process after the step',
  }),
  accuracy: defineMetric({
    id: 'evaluation/accuracy',
    unit: 'fraction',
    direction: 'higher',
    meaning: 'share of right greedy answers on the held-out samples of the evaluation slot',
  }),
  accuracyLow: defineMetric({
    id: 'evaluation/accuracy_low',
    unit: 'fraction',
    direction: 'higher',
    meaning: 'lower end of the 95 % interval of the accuracy (Wilson)',
  }),
  accuracyHigh: defineMetric({
    id: 'evaluation/accuracy_high',
    unit: 'fraction',
    direction: 'higher',
    meaning: 'upper end of the 95 % interval of the accuracy (Wilson)',
  }),
  evaluationFormat: defineMetric({
    id: 'evaluation/format_share',
    unit: 'fraction',
    direction: 'higher',
    meaning: 'share of held-out answers in the asked form',
  }),
  evaluationLength: defineMetric({
    id: 'evaluation/length_tokens',
    unit: 'tokens',
    direction: 'none',
    meaning: 'mean length of the held-out answers, end token included',
  }),
} as const;

/** Stages that are timed inside another one, so that they are not added up twice. */
const PART_OF: Readonly<Record<string, string | undefined>> = {
  prefill: 'rollout',
  optimizer: 'update where there is one',
};

/** Metrics with an open end of names: one per stage of the loop, one per reward term. */
export function familyMetric(id: string): MetricDefinition | undefined {
  const [stage, quantity = ''] = id.split('/');
  if (stage === 'timing' && quantity.endsWith('_ms')) {
    const what = quantity.slice(0, -'_ms'.length);
    const within = PART_OF[what];
    const meaning = `time of the step's ${what.replaceAll('_', ' and ')} stage${within === undefined ? '' : `, part of ${within}`}`;
    return { id, unit: 'ms', direction: 'lower', meaning };
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

/** The families of {@link familyMetric}, for lists. */
export const families: readonly MetricDefinition[] = [
  { id: 'timing/*', unit: 'ms', direction: 'lower', meaning: 'time of a stage of the step' },
  { id: 'reward/*', unit: '', direction: 'higher', meaning: 'mean raw score of a reward term' },
];
