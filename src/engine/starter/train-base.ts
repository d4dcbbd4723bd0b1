/**
 * Trains the starter from random weights: transcription and reading drills first, then the mixture,
 * with a loss on the picture's own tokens throughout (what is there, and which cell it is). That loss
 * is what makes perception cheap; without it nothing moved within 0.4 Mtok.
 */
import type { TextParts } from '../bundle/bundle.ts';
import { withTimeLimit } from '../files/time-limit.ts';
import { supervisedStep } from '../loop/supervised.ts';
import { Learner } from '../policy/learner.ts';
import type { Policy } from '../policy/policy.ts';
import { baseBundle } from '../world/base.ts';
import { baseExample } from './base-example.ts';

export interface BaseTrainingPlan {
  readonly seed: number;
  /** Packed tokens in all. */
  readonly tokens: number;
  /** Packed tokens of reading drills before the mixture begins. */
  readonly readingTokens: number;
  readonly picturesPerStep: number;
  readonly peakRate: number;
  readonly warmupSteps: number;
  /** Share of the tokens over which the rate falls linearly to `floor` times the peak. */
  readonly decayShare: number;
  readonly floor: number;
  /** Weight of the picture's tokens beside a completion loss of 1. */
  readonly pictureWeight: number;
}

export const BASE_PLAN: BaseTrainingPlan = {
  seed: 1,
  tokens: 3_000_000,
  readingTokens: 400_000,
  picturesPerStep: 8,
  peakRate: 2e-3,
  warmupSteps: 60,
  decayShare: 0.35,
  floor: 0.02,
  pictureWeight: 1,
};

/** Far above the few milliseconds a step takes. */
const PREPARE_LIMIT_MS = 60_000;

export interface BaseProgress {
  readonly step: number;
  readonly tokens: number;
  readonly loss: number;
  readonly pictureLoss: number;
  readonly gradNorm: number;
  readonly rate: number;
}

export async function trainBase(
  policy: Policy,
  parts: TextParts,
  plan: BaseTrainingPlan,
  onStep: (progress: BaseProgress) => Promise<void> | void,
): Promise<void> {
  // The betas of the development runs that docs/starter.md reports.
  const learner = new Learner(policy, { beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay: 0 });
  let tokens = 0;
  for (let step = 1; tokens < plan.tokens; step++) {
    const stage = tokens < plan.readingTokens ? 'captions' : 'mix';
    const examples = withTimeLimit('preparing a step', PREPARE_LIMIT_MS, () =>
      Array.from({ length: plan.picturesPerStep }, (_, i) => {
        const index = (step - 1) * plan.picturesPerStep + i;
        return baseExample(parts, baseBundle({ seed: plan.seed, index, stage }));
      }),
    );
    const rate = learningRate(plan, step, tokens / plan.tokens);
    const result = await supervisedStep(learner, examples, {
      learningRate: rate,
      maxGradNorm: 1,
      tokensPerPass: Number.POSITIVE_INFINITY,
      positionWeight: plan.pictureWeight,
    });
    tokens += result.packedTokens;
    await onStep({
      step,
      tokens,
      loss: result.loss,
      pictureLoss: result.positionLoss,
      gradNorm: result.gradNorm,
      rate,
    });
  }
  learner.dispose();
}

function learningRate(plan: BaseTrainingPlan, step: number, done: number): number {
  const warm = Math.min(1, step / plan.warmupSteps);
  const left = 1 - done;
  const decay = left > plan.decayShare ? 1 : Math.max(plan.floor, left / plan.decayShare);
  return plan.peakRate * warm * decay;
}
