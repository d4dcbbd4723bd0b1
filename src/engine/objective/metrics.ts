/** What the objective reports about one update; computed inside the objective's own graph. */
import { defineMetric } from '../metrics/define.ts';

export const objectiveMetrics = {
  loss: defineMetric({
    id: 'objective/loss',
    unit: '',
    direction: 'none',
    meaning: 'the minimised scalar; for RL its size says little, its jumps say much',
  }),
  kl: defineMetric({
    id: 'objective/kl_nats',
    unit: 'nats',
    direction: 'none',
    meaning: 'mean KL to the reference policy per scored token, by the estimator of the recipe',
  }),
  clipLow: defineMetric({
    id: 'objective/clip_fraction_low',
    unit: 'fraction',
    direction: 'none',
    meaning: 'share of tokens (or sequences) with negative advantage below the trust interval',
  }),
  clipHigh: defineMetric({
    id: 'objective/clip_fraction_high',
    unit: 'fraction',
    direction: 'none',
    meaning: 'share of tokens (or sequences) with positive advantage above the trust interval',
  }),
  ratioMean: defineMetric({
    id: 'objective/ratio_mean',
    unit: '',
    direction: 'none',
    meaning: 'mean importance ratio; 1 when on policy',
  }),
  ratioMax: defineMetric({
    id: 'objective/ratio_max',
    unit: '',
    direction: 'none',
    meaning: 'largest importance ratio of the batch',
  }),
  ratioTail: defineMetric({
    id: 'objective/ratio_p99',
    unit: '',
    direction: 'none',
    meaning: '99th percentile of the importance ratios of single tokens; 1 when on policy',
  }),
  entropy: defineMetric({
    id: 'objective/entropy_nats',
    unit: 'nats',
    direction: 'none',
    meaning:
      'mean entropy per scored token: full-vocabulary where that column is given, else -logprob of the sampled tokens',
  }),
  perceptionKl: defineMetric({
    id: 'objective/perception_kl_nats',
    unit: 'nats',
    direction: 'higher',
    meaning: 'mean k3 per scored token between the passes with the image and with the masked one',
  }),
  maskedEntropy: defineMetric({
    id: 'objective/masked_entropy_nats',
    unit: 'nats',
    direction: 'none',
    meaning: 'mean entropy per scored token of the masked-image pass',
  }),
  chosenReward: defineMetric({
    id: 'objective/chosen_reward',
    unit: '',
    direction: 'higher',
    meaning: 'beta x log ratio to the reference of the chosen completions',
  }),
  rejectedReward: defineMetric({
    id: 'objective/rejected_reward',
    unit: '',
    direction: 'lower',
    meaning: 'beta x log ratio to the reference of the rejected completions',
  }),
  pairAccuracy: defineMetric({
    id: 'objective/pair_accuracy',
    unit: 'fraction',
    direction: 'higher',
    meaning: 'share of pairs whose chosen completion has the larger implicit reward',
  }),
  margin: defineMetric({
    id: 'objective/margin',
    unit: '',
    direction: 'higher',
    meaning: 'mean difference of the implicit rewards of chosen and rejected',
  }),
} as const;
