/**
 * Terms x weights x gates. A gate says: where the score of one term is below a threshold, other terms
 * become 0 (HFRRF of Vision-R1: accuracy pays only in the right form). Gates act on raw scores of the
 * terms, all at once, so their order does not matter. Weights are applied by the advantage stage,
 * which needs the terms one by one; `total` here is for reading.
 */
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import type { Completion, RewardSample } from '../sample.ts';

export const gateSlot = z.strictObject({
  when: z.string().meta({ description: 'The term that decides.' }),
  below: z
    .number()
    .default(1)
    .meta({ description: 'Where it scores less than this, the gate is closed.' }),
  zero: z
    .array(z.string())
    .nullable()
    .default(null)
    .meta({ description: 'The terms that become 0; empty = every other term.' }),
});
export type RewardGate = z.output<typeof gateSlot>;

/** One resolved term: its entry in the recipe bound to its definition. */
export interface BoundTerm {
  readonly id: string;
  readonly weight: number;
  score(sample: RewardSample, completion: Completion): number | null;
}

export interface RewardScore {
  /** [R] after gates, before weights; null = could not judge. */
  readonly terms: readonly (number | null)[];
  /** sum of weight * term over judged terms; null if there is none. */
  readonly total: number | null;
}

export interface Reward {
  readonly ids: readonly string[];
  /** [R] */
  readonly weights: Float64Array;
  /** Pure. `completion` may be bare text. */
  score(sample: RewardSample, completion: Completion | string): RewardScore;
}

/** @throws LabError `recipe/invalid` if a gate names a term the recipe does not have. */
export function combineTerms(terms: readonly BoundTerm[], gates: readonly RewardGate[]): Reward {
  const ids = terms.map((term) => term.id);
  for (const gate of gates) {
    for (const named of [gate.when, ...(gate.zero ?? [])]) {
      if (ids.includes(named)) continue;
      throw new LabError(
        'recipe/invalid',
        `[reward] a gate names '${named}', which is not a term of this recipe`,
        {
          hint: `Terms are: ${ids.join(', ')}.`,
        },
      );
    }
  }
  return {
    ids,
    weights: Float64Array.from(terms, (term) => term.weight),
    score(sample, completion) {
      const given = typeof completion === 'string' ? { text: completion } : completion;
      const raw = terms.map((term) => term.score(sample, given));
      const gated = raw.map((score, at) =>
        score !== null && isClosed(ids[at] ?? '', ids, raw, gates) ? 0 : score,
      );
      return { terms: gated, total: weightedSum(gated, terms) };
    },
  };
}

function isClosed(
  id: string,
  ids: readonly string[],
  raw: readonly (number | null)[],
  gates: readonly RewardGate[],
): boolean {
  return gates.some((gate) => {
    if (gate.when === id || (gate.zero !== null && !gate.zero.includes(id))) return false;
    const deciding = raw[ids.indexOf(gate.when)] ?? null;
    return deciding !== null && deciding < gate.below;
  });
}

function weightedSum(
  scores: readonly (number | null)[],
  terms: readonly BoundTerm[],
): number | null {
  const judged = scores.flatMap((score, at) =>
    score === null ? [] : [score * (terms[at]?.weight ?? 0)],
  );
  return judged.length === 0 ? null : judged.reduce((sum, part) => sum + part, 0);
}
