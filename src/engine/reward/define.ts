/**
 * What a reward term must answer: a schema of its parameters, its range, and a pure score.
 * Weights and gates belong to the recipe, not to the term.
 */
import { z } from 'zod';
import type { Completion, RewardSample } from '../sample.ts';

export interface RewardTerm<Id extends string, Shape extends z.core.$ZodLooseShape> {
  readonly id: Id;
  readonly meaning: string;
  readonly paper?: string;
  /** Smallest and largest score. */
  readonly range: readonly [number, number];
  readonly params: Shape;
  /** @returns a number in `range`, or null where the term cannot judge (it is then left out of the sum). */
  score(
    sample: RewardSample,
    completion: Completion,
    params: z.output<z.ZodObject<Shape>>,
  ): number | null;
}

/** Registers one term: `slot` is the schema of its recipe entry, `{ kind, weight, ...params }`. */
export function defineReward<const Id extends string, Shape extends z.core.$ZodLooseShape>(
  term: RewardTerm<Id, Shape>,
) {
  return Object.freeze({
    ...term,
    slot: z
      .strictObject({
        kind: z.literal(term.id),
        weight: z.number().default(1).meta({ description: 'Weight in the sum of the terms.' }),
        ...term.params,
      })
      .meta({ description: term.meaning }),
  });
}
