/**
 * A policy-gradient objective put together from its slot: columns in, one scalar loss, its metrics
 * and the per-token parts out, all symbolic.
 *   loss = aggregate(surrogate(ratio) + beta kl) - gamma aggregate(perception kl)
 *          + eta meanH + eta_masked meanH_masked
 */
import type { ColumnName } from '../batch.ts';
import type { AggregatePart, CountName, Counts, Ops, Surrogate, TokenView, Value } from './define.ts';
import { meanEntropy } from './entropy.ts';
import { objectiveMetrics } from './metrics.ts';
import { aggregates, kls, type PolicyChoice, ratios } from './parts.ts';
import { perceptionKl } from './perception/implicit-kl.ts';
import { cispo } from './surrogate/cispo.ts';
import { ppoClip } from './surrogate/ppo-clip.ts';
import { sapo } from './surrogate/sapo.ts';

/** The columns an objective may ask for, as symbolic values. */
export interface PolicyColumns {
  /** [B,T] nats. */
  readonly logprobs: Value;
  readonly oldLogprobs: Value;
  readonly refLogprobs?: Value;
  readonly maskedLogprobs?: Value;
  readonly entropy?: Value;
  readonly maskedEntropy?: Value;
  /** [B] */
  readonly advantages: Value;
  /** [B,T] 1 scored, 0 not. */
  readonly mask: Value;
  readonly counts: Counts;
}

export interface PolicyGraph {
  readonly loss: Value;
  /** Scalars by metric id. */
  readonly metrics: Readonly<Record<string, Value>>;
  readonly parts: {
    readonly ratio: Value;
    readonly perTokenLoss: Value;
    readonly perTokenKl?: Value;
    readonly perTokenPerceptionKl?: Value;
    readonly policyLoss: Value;
  };
}

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
  const isFullMasked = perception !== null && perception.maskedEntropy !== 0 && perception.maskedEntropySource === 'full';
  const needs: ColumnName[] = ['logprobs', 'oldLogprobs', 'advantages', 'mask'];
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

function buildPolicy(g: Ops, choice: PolicyChoice, columns: PolicyColumns): PolicyGraph {
  const scored = g.greater(columns.mask, 0.5);
  /** 0 where not scored, so that whatever padding holds (NaN included) stays there. */
  const clean = (column: Value) => g.where(scored, column, 0);
  const mask = g.cast(scored, columns.logprobs.dtype);
  const tokens = g.sum(mask, { axes: [1], keep: true });
  const logprobs = clean(columns.logprobs);
  const view: TokenView = {
    logprobs,
    logRatio: g.sub(logprobs, clean(columns.oldLogprobs)),
    mask,
    rowTokens: g.maximum(tokens, 1),
    advantages: g.unsqueeze(columns.advantages, 1),
  };
  const ratio = ratios[choice.ratio.kind].build(g, view);
  const surrogate = buildSurrogate(g, choice.surrogate, { ...view, ratio });
  const aggregate = (loss: Value) => buildAggregate(g, choice.aggregate, { loss, rowTokens: view.rowTokens }, columns.counts);

  const metrics = ratioMetrics(g, view, ratio, surrogate);
  const batchMean = (column: Value) => g.div(g.sum(column), g.maximum(g.sum(mask), 1));
  let tokenLoss = surrogate.loss;
  let perTokenKl: Value | undefined;
  if (choice.kl !== null && columns.refLogprobs !== undefined) {
    perTokenKl = kls[choice.kl.kind].build(g, g.sub(clean(columns.refLogprobs), logprobs));
    tokenLoss = g.add(tokenLoss, g.mul(perTokenKl, choice.kl.coefficient));
    metrics[objectiveMetrics.kl.id] = batchMean(g.mul(perTokenKl, mask));
  }
  const perTokenLoss = g.mul(tokenLoss, mask);
  const policyLoss = aggregate(perTokenLoss);
  let loss = policyLoss;

  const batchTokens = columns.counts.batchTokens ?? g.maximum(g.sum(mask), 1);
  const entropyColumn = choice.entropy?.source === 'full' && columns.entropy !== undefined ? clean(columns.entropy) : logprobs;
  const source = choice.entropy?.source ?? 'sampled';
  metrics[objectiveMetrics.entropy.id] = source === 'full' ? batchMean(entropyColumn) : g.neg(batchMean(logprobs));
  if (choice.entropy !== null) {
    loss = g.add(loss, g.mul(meanEntropy(g, source, entropyColumn, batchTokens), choice.entropy.coefficient));
  }

  let perTokenPerceptionKl: Value | undefined;
  const { perception } = choice;
  if (perception !== null && columns.maskedLogprobs !== undefined) {
    const through = (column: Value) => (perception.throughMasked ? column : g.stopGradient(column));
    const masked = through(clean(columns.maskedLogprobs));
    perTokenPerceptionKl = g.mul(perceptionKl(g, perception.ratio, logprobs, masked), mask);
    const perceived = aggregate(perTokenPerceptionKl);
    metrics[objectiveMetrics.perceptionKl.id] = perceived;
    loss = g.sub(loss, g.mul(perceived, perception.coefficient));
    const isFull = perception.maskedEntropySource === 'full' && columns.maskedEntropy !== undefined;
    const column = isFull && columns.maskedEntropy !== undefined ? through(clean(columns.maskedEntropy)) : masked;
    const maskedEntropy = meanEntropy(g, isFull ? 'full' : 'sampled', column, batchTokens);
    metrics[objectiveMetrics.maskedEntropy.id] = maskedEntropy;
    if (perception.maskedEntropy !== 0) loss = g.add(loss, g.mul(maskedEntropy, perception.maskedEntropy));
  }
  metrics[objectiveMetrics.loss.id] = loss;
  return {
    loss,
    metrics,
    parts: {
      ratio,
      perTokenLoss,
      policyLoss,
      ...(perTokenKl === undefined ? {} : { perTokenKl }),
      ...(perTokenPerceptionKl === undefined ? {} : { perTokenPerceptionKl }),
    },
  };
}

/** Ratio and clip statistics: over scored tokens, or over rows where the ratio is one per sequence. */
function ratioMetrics(g: Ops, view: TokenView, ratio: Value, surrogate: Surrogate): Record<string, Value> {
  const isPerRow = ratio.shape[1] === 1;
  // A row without scored tokens counts as not clipped in a per-sequence share, as in TRL.
  const share = (flags: Value) =>
    isPerRow ? g.mean(flags) : g.div(g.sum(g.mul(flags, view.mask)), g.maximum(g.sum(view.mask), 1));
  return {
    [objectiveMetrics.clipLow.id]: share(surrogate.clippedLow),
    [objectiveMetrics.clipHigh.id]: share(surrogate.clippedHigh),
    [objectiveMetrics.ratioMean.id]: share(ratio),
    [objectiveMetrics.ratioMax.id]: g.max(isPerRow ? ratio : g.mul(ratio, view.mask)),
  };
}

function buildSurrogate(g: Ops, choice: PolicyChoice['surrogate'], view: TokenView & { readonly ratio: Value }): Surrogate {
  switch (choice.kind) {
    case 'ppo-clip':
      return ppoClip.build(g, view, choice);
    case 'cispo':
      return cispo.build(g, view, choice);
    case 'sapo':
      return sapo.build(g, view, choice);
  }
}

function buildAggregate(
  g: Ops,
  choice: PolicyChoice['aggregate'],
  view: Parameters<AggregatePart<string, Record<never, never>>['build']>[1],
  counts: Counts,
): Value {
  if (choice.kind === 'constant-length') return aggregates['constant-length'].build(g, view, counts, choice);
  return aggregates[choice.kind].build(g, view, counts, {});
}
