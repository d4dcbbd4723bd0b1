/**
 * The terms that a policy objective adds up, each a graph function over cleaned columns: surrogate, KL
 * to the reference, entropy, perception; and the metrics they emit.
 */
import type { AggregatePart, Counts, Ops, Surrogate, TokenView, Value } from './define.ts';
import { objectiveMetrics } from './metrics.ts';
import { aggregates, kls, type PolicyChoice } from './parts.ts';
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
  /** Scalar weight of the KL; absent = the coefficient of the choice. */
  readonly klWeight?: Value;
  readonly counts: Counts;
}

/** What every term of the loss is built from. */
export interface Terms {
  readonly g: Ops;
  readonly view: TokenView;
  /** 0 where not scored, so that whatever padding holds (NaN included) stays there. */
  clean(column: Value): Value;
  /** Mean over the scored tokens of this micro-batch; for metrics. */
  mean(column: Value): Value;
  aggregate(tokenLoss: Value): Value;
  readonly batchTokens: Value;
}

/** Cleans the columns of a policy objective and binds its aggregation. */
export function termsOf(g: Ops, choice: PolicyChoice, columns: PolicyColumns): Terms {
  const scored = g.greater(columns.mask, 0.5);
  const clean = (column: Value) => g.where(scored, column, 0);
  const mask = g.cast(scored, columns.logprobs.dtype);
  const logprobs = clean(columns.logprobs);
  const rowTokens = g.maximum(g.sum(mask, { axes: [1], keep: true }), 1);
  const tokens = g.maximum(g.sum(mask), 1);
  return {
    g,
    clean,
    view: {
      logprobs,
      logRatio: g.sub(logprobs, clean(columns.oldLogprobs)),
      mask,
      rowTokens,
      advantages: g.unsqueeze(columns.advantages, 1),
    },
    mean: (column) => g.div(g.sum(column), tokens),
    aggregate: (loss) => buildAggregate(g, choice.aggregate, { loss, rowTokens }, columns.counts),
    batchTokens: columns.counts.batchTokens ?? tokens,
  };
}

/** KL to the reference per token [B,T], 0 where not scored; undefined where the recipe has none. */
export function referenceKl(
  { g, clean, view }: Terms,
  { kl }: PolicyChoice,
  { refLogprobs }: PolicyColumns,
): Value | undefined {
  if (kl === null || refLogprobs === undefined) return undefined;
  return kls[kl.kind].build(g, g.sub(clean(refLogprobs), view.logprobs));
}

/** What a term adds to the loss (undefined: nothing) and what it reports. */
export interface Term {
  readonly loss?: Value | undefined;
  readonly metrics: Readonly<Record<string, Value>>;
}

/** Entropy of the policy: a metric always, a loss term where the recipe says so. */
export function entropyTerm(terms: Terms, { entropy }: PolicyChoice, columns: PolicyColumns): Term {
  const { g, view } = terms;
  const isFull = entropy?.source === 'full' && columns.entropy !== undefined;
  const column = isFull ? terms.clean(columns.entropy ?? view.logprobs) : g.neg(view.logprobs);
  const metrics = { [objectiveMetrics.entropy.id]: terms.mean(column) };
  if (entropy === null) return { metrics };
  return {
    metrics,
    loss: g.mul(g.div(g.sum(column), terms.batchTokens), entropy.coefficient),
  };
}

export interface PerceptionParts {
  /** [B,T] */
  readonly perTokenPerceptionKl?: Value;
  /** Aggregated as the policy loss. */
  readonly perceptionKl?: Value;
}

/** Perception KL and the entropy of the masked pass; nothing where the recipe has no such term. */
export function perceptionTerm(
  terms: Terms,
  { perception }: PolicyChoice,
  columns: PolicyColumns,
): Term & { readonly parts: PerceptionParts } {
  if (perception === null || columns.maskedLogprobs === undefined)
    return { metrics: {}, parts: {} };
  const { g, view } = terms;
  const through = (column: Value) => (perception.throughMasked ? column : g.stopGradient(column));
  const masked = through(terms.clean(columns.maskedLogprobs));
  const perToken = perceptionKl(g, perception.ratio, view.logprobs, masked);
  const pushed = terms.aggregate(perToken);
  const isFull = perception.maskedEntropySource === 'full' && columns.maskedEntropy !== undefined;
  const entropy = isFull ? through(terms.clean(columns.maskedEntropy ?? masked)) : g.neg(masked);
  const meanEntropy = g.div(g.sum(entropy), terms.batchTokens);
  return {
    // Subtracted: the perception KL is maximised.
    loss: g.sub(
      g.mul(meanEntropy, perception.maskedEntropy),
      g.mul(pushed, perception.coefficient),
    ),
    metrics: {
      [objectiveMetrics.perceptionKl.id]: terms.mean(perToken),
      [objectiveMetrics.maskedEntropy.id]: terms.mean(entropy),
    },
    parts: { perTokenPerceptionKl: perToken, perceptionKl: pushed },
  };
}

/** Ratio and clip statistics: over scored tokens, or over rows where the ratio is one per sequence. */
export function ratioMetrics(
  g: Ops,
  view: TokenView,
  ratio: Value,
  surrogate: Surrogate,
): Record<string, Value> {
  const isPerRow = ratio.shape[1] === 1;
  // A row without scored tokens counts as not clipped in a per-sequence share, as in TRL.
  const share = (flags: Value) =>
    isPerRow
      ? g.mean(flags)
      : g.div(g.sum(g.mul(flags, view.mask)), g.maximum(g.sum(view.mask), 1));
  return {
    [objectiveMetrics.clipLow.id]: share(surrogate.clippedLow),
    [objectiveMetrics.clipHigh.id]: share(surrogate.clippedHigh),
    [objectiveMetrics.ratioMean.id]: share(ratio),
    [objectiveMetrics.ratioMax.id]: g.max(isPerRow ? ratio : g.mul(ratio, view.mask)),
  };
}

/** The surrogate of the recipe, with its parameters. */
export function buildSurrogate(
  g: Ops,
  choice: PolicyChoice['surrogate'],
  view: TokenView & { readonly ratio: Value },
): Surrogate {
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
  if (choice.kind === 'constant-length')
    return aggregates['constant-length'].build(g, view, counts, choice);
  return aggregates[choice.kind].build(g, view, counts, {});
}
