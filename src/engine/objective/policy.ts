/**
 * A policy-gradient objective put together from its slot: columns in, one scalar loss, its metrics
 * and the per-token parts out, all symbolic.
 *   loss = aggregate(surrogate(ratio) + beta kl) - gamma aggregate(perception kl)
 *          + eta meanH + eta_masked meanH_masked
 */
import type { ColumnName } from '../batch.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { CountName, Ops, Value } from './define.ts';
import { objectiveMetrics } from './metrics.ts';
import { aggregates, type PolicyChoice, ratios } from './parts.ts';
import {
  buildSurrogate,
  entropyTerm,
  type PolicyColumns,
  perceptionTerm,
  ratioMetrics,
  referenceKl,
  termsOf,
} from './policy-terms.ts';

export type { PolicyColumns } from './policy-terms.ts';

export interface PolicyGraph {
  readonly loss: Value;
  /** Scalars by metric id. */
  readonly metrics: Readonly<Record<string, Value>>;
  readonly parts: {
    readonly ratio: Value;
    readonly perTokenLoss: Value;
    readonly policyLoss: Value;
    readonly perTokenKl?: Value | undefined;
    readonly perTokenPerceptionKl?: Value | undefined;
    readonly perceptionKl?: Value | undefined;
  };
}

const ALWAYS: readonly ColumnName[] = ['logprobs', 'oldLogprobs', 'advantages', 'mask'];

export interface PolicyObjective {
  /** Columns the graph function reads. */
  readonly needs: readonly ColumnName[];
  /** Columns of `needs` through which a gradient flows. */
  readonly differentiable: readonly ColumnName[];
  /** Scalar denominators it divides by. */
  readonly counts: readonly CountName[];
  build(g: Ops, columns: PolicyColumns): PolicyGraph;
}

/** The objective of a resolved policy slot. */
export function policyObjective(choice: PolicyChoice): PolicyObjective {
  const { kl, entropy, perception } = choice;
  const isFullMasked =
    perception !== null &&
    perception.maskedEntropy !== 0 &&
    perception.maskedEntropySource === 'full';
  const needs = [...ALWAYS];
  const differentiable: ColumnName[] = ['logprobs'];
  if (kl !== null) needs.push('refLogprobs');
  if (entropy?.source === 'full') {
    needs.push('entropy');
    differentiable.push('entropy');
  }
  if (perception !== null) needs.push('maskedLogprobs');
  if (isFullMasked) needs.push('maskedEntropy');
  if (perception?.throughMasked) {
    differentiable.push('maskedLogprobs');
    if (isFullMasked) differentiable.push('maskedEntropy');
  }
  const counts = new Set<CountName>(aggregates[choice.aggregate.kind].counts);
  if (entropy !== null || perception !== null) counts.add('batchTokens');
  return {
    needs,
    differentiable,
    counts: [...counts],
    build: (g, columns) => buildPolicy(g, choice, columns),
  };
}

/** The inputs a policy objective reads, declared on a builder under their column names. */
export function declareColumns(
  g: GraphBuilder,
  objective: PolicyObjective,
  dtype: 'f32' | 'f64',
): PolicyColumns {
  const tokens = (name: ColumnName) => g.input(name, dtype, ['B', 'T']);
  const optional = objective.needs.filter((name) => !ALWAYS.includes(name));
  return {
    logprobs: tokens('logprobs'),
    oldLogprobs: tokens('oldLogprobs'),
    mask: tokens('mask'),
    advantages: g.input('advantages', dtype, ['B']),
    ...Object.fromEntries(optional.map((name) => [name, tokens(name)])),
    counts: Object.fromEntries(objective.counts.map((name) => [name, g.input(name, dtype, [])])),
  };
}

function buildPolicy(g: Ops, choice: PolicyChoice, columns: PolicyColumns): PolicyGraph {
  const terms = termsOf(g, choice, columns);
  const { view } = terms;
  const ratio = ratios[choice.ratio.kind].build(g, view);
  const surrogate = buildSurrogate(g, choice.surrogate, { ...view, ratio });
  const perTokenKl = referenceKl(terms, choice, columns);
  const tokenLoss =
    perTokenKl === undefined
      ? surrogate.loss
      : g.add(surrogate.loss, g.mul(perTokenKl, columns.klWeight ?? choice.kl?.coefficient ?? 0));
  const perTokenLoss = g.mul(tokenLoss, view.mask);
  const policyLoss = terms.aggregate(perTokenLoss);
  const entropy = entropyTerm(terms, choice, columns);
  const perception = perceptionTerm(terms, choice, columns);
  const loss = [entropy.loss, perception.loss].reduce<Value>(
    (sum, term) => (term === undefined ? sum : g.add(sum, term)),
    policyLoss,
  );
  return {
    loss,
    metrics: {
      [objectiveMetrics.loss.id]: loss,
      ...ratioMetrics(g, view, ratio, surrogate),
      ...(perTokenKl === undefined ? {} : { [objectiveMetrics.kl.id]: terms.mean(perTokenKl) }),
      ...entropy.metrics,
      ...perception.metrics,
    },
    parts: { ratio, perTokenLoss, policyLoss, perTokenKl, ...perception.parts },
  };
}
