/**
 * The parts an objective is put together from. Each is a graph function over symbolic values: token
 * columns [B,T] and row columns [B,1] in, symbolic values out, so one autodiff serves model and loss.
 * Objectives are minimised. Token columns are already 0 where the mask is 0, so that padding, whatever
 * it holds, reaches neither the loss nor a gradient.
 */
import { z } from 'zod';
import type { Ops } from '../graph/ops/signatures.ts';
import type { Value } from '../graph/value.ts';

export type { Ops, Value };

/** What every policy part may look at. */
export interface TokenView {
  /** [B,T] nats, the policy being trained; carries the gradient. */
  readonly logprobs: Value;
  /** [B,T] logprobs - oldLogprobs. */
  readonly logRatio: Value;
  /** [B,T] 1 scored, 0 not. */
  readonly mask: Value;
  /** [B,1] scored tokens of the row, at least 1. */
  readonly rowTokens: Value;
  /** [B,1] */
  readonly advantages: Value;
}

/** Denominators that span the whole optimizer step, so that micro-batches add up to the big batch. */
export const countNames = ['batchTokens', 'batchSequences', 'tokenCount'] as const;
export type CountName = (typeof countNames)[number];
export type Counts = { readonly [K in CountName]?: Value };

type Shape = z.core.$ZodLooseShape;
type Params<S extends Shape> = z.output<z.ZodObject<S>>;

interface Part<Kind extends string, S extends Shape> {
  readonly kind: Kind;
  readonly meaning: string;
  readonly paper: string;
  readonly params: S;
}

function withSlot<Kind extends string, S extends Shape, P extends Part<Kind, S>>(
  part: P & Part<Kind, S>,
) {
  return Object.freeze({
    ...part,
    slot: z
      .strictObject({ kind: z.literal(part.kind), ...part.params })
      .meta({ description: part.meaning }),
  });
}

/** Importance ratio: log ratios -> ratio, [B,T] per token or [B,1] per sequence. */
export interface RatioPart<Kind extends string, S extends Shape> extends Part<Kind, S> {
  build(g: Ops, view: Pick<TokenView, 'logRatio' | 'mask' | 'rowTokens'>): Value;
}
export function defineRatio<const Kind extends string, S extends Shape>(part: RatioPart<Kind, S>) {
  return withSlot<Kind, S, RatioPart<Kind, S>>(part);
}

/** What a surrogate gives: the loss before the mask, and which places it clipped (1 or 0), same shape. */
export interface Surrogate {
  readonly loss: Value;
  readonly clippedLow: Value;
  readonly clippedHigh: Value;
}
export interface SurrogatePart<Kind extends string, S extends Shape> extends Part<Kind, S> {
  build(g: Ops, view: TokenView & { readonly ratio: Value }, params: Params<S>): Surrogate;
}
export function defineSurrogate<const Kind extends string, S extends Shape>(
  part: SurrogatePart<Kind, S>,
) {
  return withSlot<Kind, S, SurrogatePart<Kind, S>>(part);
}

/** KL(policy || reference) estimated per token from the sampled token's two log-probs. */
export interface KlPart<Kind extends string, S extends Shape> extends Part<Kind, S> {
  /** @param logRef [B,T] refLogprobs - logprobs */
  build(g: Ops, logRef: Value): Value;
}
export function defineKl<const Kind extends string, S extends Shape>(part: KlPart<Kind, S>) {
  return withSlot<Kind, S, KlPart<Kind, S>>(part);
}

/** Token losses [B,T] (0 where not scored) -> one scalar. */
export interface AggregatePart<Kind extends string, S extends Shape> extends Part<Kind, S> {
  readonly counts: readonly CountName[];
  build(
    g: Ops,
    view: { readonly loss: Value; readonly rowTokens: Value },
    counts: Counts,
    params: Params<S>,
  ): Value;
}
export function defineAggregate<const Kind extends string, S extends Shape>(
  part: AggregatePart<Kind, S>,
) {
  return withSlot<Kind, S, AggregatePart<Kind, S>>(part);
}

/** What a preference loss may look at, one number per pair [B]. */
export interface PairView {
  /** log policy - log reference of the whole chosen / rejected completion, nats. */
  readonly chosen: Value;
  readonly rejected: Value;
  /** Scored tokens, at least 1. */
  readonly chosenTokens: Value;
  readonly rejectedTokens: Value;
}
export interface PreferencePart<Kind extends string, S extends Shape> extends Part<Kind, S> {
  /** @returns the loss of each pair [B] */
  build(g: Ops, view: PairView, params: Params<S>): Value;
}
export function definePreference<const Kind extends string, S extends Shape>(
  part: PreferencePart<Kind, S>,
) {
  return withSlot<Kind, S, PreferencePart<Kind, S>>(part);
}
