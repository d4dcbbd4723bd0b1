/**
 * What compiled objectives have in common: the host columns they take, what they give back, and how
 * named results of a graph become losses, gradients and metrics.
 */
import type { ColumnName } from '../batch.ts';
import { type CountName, countNames } from './define.ts';
import type { HostArray } from './runner.ts';

export type FloatDType = 'f32' | 'f64';

const tokenColumns = [
  'logprobs',
  'oldLogprobs',
  'refLogprobs',
  'maskedLogprobs',
  'entropy',
  'maskedEntropy',
  'mask',
] as const satisfies readonly ColumnName[];
export type TokenColumn = (typeof tokenColumns)[number];
export type TokenColumns = Readonly<Partial<Record<TokenColumn, HostArray>>>;

export interface ObjectiveOutput {
  readonly loss: number;
  /** [B,T] gradient of the loss by differentiable column; 0 where the mask is 0. */
  readonly gradients: Readonly<Partial<Record<TokenColumn, Float32Array>>>;
  /** By metric id. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The given denominators, and those of this micro-batch where none is given; never below 1. */
export function fillCounts(
  rows: number,
  mask: HostArray | undefined,
  given: Readonly<Partial<Record<CountName, number>>> = {},
): Record<CountName, number> {
  let scored = 0;
  for (const value of mask ?? []) scored += Number(value > 0.5);
  const found = { batchTokens: scored, batchSequences: rows, tokenCount: scored, ...given };
  for (const name of countNames) found[name] = Math.max(1, found[name]);
  return found;
}

export type Results = Readonly<Record<string, Float64Array>>;

/** The one number of a scalar output. */
export function scalar(results: Results, name: string): number {
  return results[name]?.[0] ?? Number.NaN;
}

/** The outputs `grad/<column>`. */
export function gradientsOf(results: Results): Partial<Record<TokenColumn, Float32Array>> {
  const found: Partial<Record<TokenColumn, Float32Array>> = {};
  for (const name of tokenColumns) {
    const gradient = results[`grad/${name}`];
    if (gradient !== undefined) found[name] = Float32Array.from(gradient);
  }
  return found;
}

/** The outputs `metric/<id>`. */
export function metricsOf(results: Results): Record<string, number> {
  const prefix = 'metric/';
  return Object.fromEntries(
    Object.keys(results)
      .filter((name) => name.startsWith(prefix))
      .map((name) => [name.slice(prefix.length), scalar(results, name)]),
  );
}
