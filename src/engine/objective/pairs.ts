/**
 * Preference objectives: log-probs of whole completions, one number per pair, in; loss, implicit
 * rewards and their metrics out. Rows of the two sides belong together by position.
 */
import type { Ops, PairView, Value } from './define.ts';
import { objectiveMetrics } from './metrics.ts';
import { type PreferenceChoice, preferences } from './parts.ts';

/** Sums over completion tokens [B], nats. */
export interface PairColumns {
  readonly chosen: Value;
  readonly rejected: Value;
  readonly refChosen: Value;
  readonly refRejected: Value;
  /** [B] scored tokens, at least 1. */
  readonly chosenTokens: Value;
  readonly rejectedTokens: Value;
  /** Scalar: pairs of the optimizer batch. */
  readonly pairCount: Value;
}

export interface PairGraph {
  readonly loss: Value;
  readonly metrics: Readonly<Record<string, Value>>;
  readonly parts: {
    readonly perPairLoss: Value;
    readonly chosenReward: Value;
    readonly rejectedReward: Value;
  };
}

/** The objective of a resolved preference slot. */
export function preferenceObjective(choice: PreferenceChoice): {
  build(g: Ops, columns: PairColumns): PairGraph;
} {
  const { beta } = choice.loss;
  return {
    build(g, columns) {
      const view: PairView = {
        chosen: g.sub(columns.chosen, columns.refChosen),
        rejected: g.sub(columns.rejected, columns.refRejected),
        chosenTokens: columns.chosenTokens,
        rejectedTokens: columns.rejectedTokens,
      };
      const perPairLoss = preferences[choice.loss.kind].build(g, view, choice.loss);
      const chosenReward = g.mul(view.chosen, beta);
      const rejectedReward = g.mul(view.rejected, beta);
      const loss = g.div(g.sum(perPairLoss), columns.pairCount);
      return {
        loss,
        metrics: {
          [objectiveMetrics.loss.id]: loss,
          [objectiveMetrics.chosenReward.id]: g.mean(chosenReward),
          [objectiveMetrics.rejectedReward.id]: g.mean(rejectedReward),
          [objectiveMetrics.pairAccuracy.id]: g.mean(
            g.cast(g.greater(chosenReward, rejectedReward), loss.dtype),
          ),
          [objectiveMetrics.margin.id]: g.mean(g.sub(chosenReward, rejectedReward)),
        },
        parts: { perPairLoss, chosenReward, rejectedReward },
      };
    },
  };
}
