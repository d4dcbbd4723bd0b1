/**
 * What an advantage definition must answer, and the arrays it maps: reward terms [B,R] with NaN for
 * "could not judge" in, totals, advantages and spreads [B] out. Rows of one group are consecutive.
 * Advantages are maximised. All host arithmetic is float64.
 */
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import type { ColumnName } from '../batch.ts';

export interface AdvantageInput {
  /** [B,R] row-major, NaN = null. */
  readonly terms: Float64Array;
  /** [R] */
  readonly weights: Float64Array;
  /** G; divides B. */
  readonly groupSize: number;
}

export interface AdvantageResult {
  /** [B] the total each row was compared by; NaN where no term could judge the row. */
  readonly rewards: Float64Array;
  /** [B] 0 where the reward is NaN or has nothing to be compared with. */
  readonly advantages: Float64Array;
  /** [B] the sample spread that belongs to each row (its group's, or the batch's); NaN = undefined. */
  readonly std: Float64Array;
}

export interface AdvantageDefinition<Id extends string, Shape extends z.core.$ZodLooseShape> {
  readonly id: Id;
  readonly paper: string;
  readonly meaning: string;
  readonly params: Shape;
  readonly needs: readonly ColumnName[];
  readonly gives: readonly ColumnName[];
  compute(input: AdvantageInput, params: z.output<z.ZodObject<Shape>>): AdvantageResult;
}

/** Registers one advantage: `slot` is the zod schema of its recipe choice, `{ kind: id, ...params }`. */
export function defineAdvantage<const Id extends string, Shape extends z.core.$ZodLooseShape>(
  definition: Omit<AdvantageDefinition<Id, Shape>, 'needs' | 'gives'>,
) {
  return Object.freeze({
    needs: ['rewardTerms'],
    gives: ['rewards', 'advantages'],
    ...definition,
    slot: z
      .strictObject({ kind: z.literal(definition.id), ...definition.params })
      .meta({ description: definition.meaning }),
  } as const);
}

/**
 * B from the header of the input.
 * @throws LabError `graph/shape-mismatch` if weights, terms and groupSize do not agree.
 */
export function countRows(id: string, input: AdvantageInput): number {
  const { terms, weights, groupSize } = input;
  const rows = terms.length / weights.length;
  const isWhole = Number.isInteger(rows) && Number.isInteger(groupSize) && groupSize > 0;
  if (!isWhole || rows % groupSize !== 0) {
    throw new LabError(
      'graph/shape-mismatch',
      `[${id}] expected terms [B,R] with R = ${weights.length} weights and B a multiple of G = ${groupSize}, got ${terms.length} numbers`,
      { hint: 'Every prompt needs the same number of completions, one after the other.' },
    );
  }
  return rows;
}
