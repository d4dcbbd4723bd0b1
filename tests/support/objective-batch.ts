/**
 * Random micro-batches for objective tests, and the objectives written once more as plain loops over
 * one token at a time: the oracle that the graphs are compared with.
 */
import fc from 'fast-check';
import {
  type CompiledObjective,
  compileObjective,
  type ObjectiveInput,
} from '../../src/engine/objective/compile.ts';
import { type PolicyChoice, policySlot } from '../../src/engine/objective/parts.ts';
import type { Runtime } from '../../src/engine/runtime/runtime.ts';

export interface Batch {
  readonly rows: number;
  readonly width: number;
  /** [B,T] each. */
  readonly logprobs: Float64Array;
  readonly oldLogprobs: Float64Array;
  readonly refLogprobs: Float64Array;
  readonly maskedLogprobs: Float64Array;
  readonly entropy: Float64Array;
  readonly maskedEntropy: Float64Array;
  readonly mask: Float64Array;
  /** [B] */
  readonly advantages: Float64Array;
}

/** Sizes from 1, masks with holes and rows without any scored token. */
export function batches(limits: { rows?: number; width?: number } = {}): fc.Arbitrary<Batch> {
  const size = (most: number) => fc.integer({ min: 1, max: most });
  return fc.tuple(size(limits.rows ?? 5), size(limits.width ?? 7)).chain(([rows, width]) => {
    const column = (min: number, max: number, count = rows * width) =>
      fc
        .array(fc.double({ min, max, noNaN: true }), { minLength: count, maxLength: count })
        .map((list) => Float64Array.from(list));
    return fc
      .record({
        logprobs: column(-3, -0.01),
        shift: column(-0.4, 0.4),
        refShift: column(-0.6, 0.6),
        maskedShift: column(-0.8, 0.8),
        entropy: column(0.1, 2),
        maskedEntropy: column(0.1, 2),
        mask: column(0, 1).map((list) => list.map((x) => Number(x > 0.3))),
        advantages: column(-2, 2, rows),
      })
      .map(({ logprobs, shift, refShift, maskedShift, ...rest }) => ({
        rows,
        width,
        logprobs,
        oldLogprobs: logprobs.map((x, at) => x + (shift[at] ?? 0)),
        refLogprobs: logprobs.map((x, at) => x + (refShift[at] ?? 0)),
        maskedLogprobs: logprobs.map((x, at) => x + (maskedShift[at] ?? 0)),
        ...rest,
      }));
  });
}

export function inputOf(batch: Batch): ObjectiveInput {
  const { rows, width, advantages, ...columns } = batch;
  return { rows, width, advantages, columns, counts: { tokenCount: 50 } };
}

/** GRPO without KL, with the given fields in its place. */
export function policyChoice(over: Record<string, unknown> = {}): PolicyChoice {
  return policySlot.parse({
    kind: 'policy',
    ratio: { kind: 'token' },
    surrogate: { kind: 'ppo-clip' },
    aggregate: { kind: 'seq-mean-token-mean' },
    ...over,
  });
}

/** Compiles each objective once for a test file. */
export function objectiveCache(runtime: Runtime) {
  const compiled = new Map<string, CompiledObjective>();
  return {
    objectiveOf(choice: PolicyChoice, dtype: 'f32' | 'f64' = 'f64'): CompiledObjective {
      const key = dtype + JSON.stringify(choice);
      const known = compiled.get(key) ?? compileObjective(runtime, choice, { dtype });
      compiled.set(key, known);
      return known;
    },
    dispose(): void {
      for (const objective of compiled.values()) objective.dispose();
    },
  };
}

/** The loss of any policy objective by its formula, token by token. `tokenCount` is 50 as in {@link inputOf}. */
export function naiveLoss(choice: PolicyChoice, batch: Batch): number {
  const { rows, width, mask } = batch;
  const at = (column: Float64Array, b: number, t: number) => column[b * width + t] ?? 0;
  const scored: [number, number][] = [];
  for (let b = 0; b < rows; b++)
    for (let t = 0; t < width; t++) if (at(mask, b, t) === 1) scored.push([b, t]);
  const tokensOf = (b: number) => Math.max(1, scored.filter(([row]) => row === b).length);
  const logRatio = (b: number, t: number) => at(batch.logprobs, b, t) - at(batch.oldLogprobs, b, t);
  const ratio = (b: number, t: number) => {
    if (choice.ratio.kind === 'token') return Math.exp(logRatio(b, t));
    const sum = scored
      .filter(([row]) => row === b)
      .reduce((total, [row, col]) => total + logRatio(row, col), 0);
    return Math.exp(sum / tokensOf(b));
  };
  const tokenLoss = (b: number, t: number) => {
    let loss = naiveSurrogate(
      choice.surrogate,
      ratio(b, t),
      batch.advantages[b] ?? 0,
      at(batch.logprobs, b, t),
    );
    if (choice.kl !== null) {
      const log = at(batch.refLogprobs, b, t) - at(batch.logprobs, b, t);
      const kl = { k1: -log, k2: log ** 2 / 2, k3: Math.exp(log) - log - 1 }[choice.kl.kind];
      loss += choice.kl.coefficient * kl;
    }
    return loss;
  };
  const aggregate = (value: (b: number, t: number) => number) => {
    const weight = (b: number) => {
      switch (choice.aggregate.kind) {
        case 'seq-mean-token-mean':
          return 1 / (rows * tokensOf(b));
        case 'token-mean':
          return 1 / Math.max(1, scored.length);
        case 'global-token-mean':
          return 1 / 50;
        case 'constant-length':
          return 1 / (rows * (choice.aggregate.length ?? 1));
      }
    };
    return scored.reduce((sum, [b, t]) => sum + weight(b) * value(b, t), 0);
  };
  const tokenMean = (value: (b: number, t: number) => number) =>
    scored.reduce((sum, [b, t]) => sum + value(b, t), 0) / Math.max(1, scored.length);
  let loss = aggregate(tokenLoss);
  if (choice.entropy !== null) {
    const isFull = choice.entropy.source === 'full';
    loss +=
      choice.entropy.coefficient *
      tokenMean((b, t) => (isFull ? at(batch.entropy, b, t) : -at(batch.logprobs, b, t)));
  }
  const { perception } = choice;
  if (perception !== null) {
    const sign = perception.ratio === 'masked-over-clean' ? 1 : -1;
    loss -=
      perception.coefficient *
      aggregate((b, t) => {
        const log = sign * (at(batch.maskedLogprobs, b, t) - at(batch.logprobs, b, t));
        return Math.exp(log) - log - 1;
      });
    const isFull = perception.maskedEntropySource === 'full';
    loss +=
      perception.maskedEntropy *
      tokenMean((b, t) =>
        isFull ? at(batch.maskedEntropy, b, t) : -at(batch.maskedLogprobs, b, t),
      );
  }
  return loss;
}

function naiveSurrogate(
  choice: PolicyChoice['surrogate'],
  ratio: number,
  advantage: number,
  logprob: number,
): number {
  switch (choice.kind) {
    case 'ppo-clip': {
      const bounded = Math.min(ratio, choice.delta ?? Number.POSITIVE_INFINITY);
      const clipped = Math.min(Math.max(ratio, 1 - choice.low), 1 + choice.high);
      return -Math.min(bounded * advantage, clipped * advantage);
    }
    case 'cispo':
      return -Math.min(ratio, choice.max) * advantage * logprob;
    case 'sapo': {
      const tau = advantage > 0 ? choice.tauPositive : choice.tauNegative;
      return (-(4 / tau) * advantage) / (1 + Math.exp(-tau * (ratio - 1)));
    }
  }
}
