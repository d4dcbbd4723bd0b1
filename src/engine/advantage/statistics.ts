/**
 * Sums that skip NaN, as every advantage needs them: weighted totals [B,R] -> [B], mean and sample
 * standard deviation (n-1) of a slice. One value has no sample deviation: NaN, as in torch and TRL.
 */
import type { AdvantageInput } from './define.ts';

/** Added to a spread before dividing by it; TRL's and the fixtures' constant. */
export const SPREAD_EPSILON = 1e-4;

/** Row totals sum_r weight_r * term_r over the terms that are not NaN; NaN if all of them are. */
export function weightedTotals(input: AdvantageInput, rows: number): Float64Array {
  const width = input.weights.length;
  const totals = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let total = 0;
    let judged = 0;
    for (let term = 0; term < width; term++) {
      const value = input.terms[row * width + term] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      total += value * (input.weights[term] ?? 0);
      judged++;
    }
    totals[row] = judged === 0 ? Number.NaN : total;
  }
  return totals;
}

export interface Spread {
  readonly mean: number;
  readonly std: number;
  /** How many values were not NaN. */
  readonly count: number;
}

/**
 * Mean and sample deviation of `values[start], values[start + stride], ...` (`length` of them).
 * NaN values are left out. A single slot (`length` 1) has std 0; a single value among several NaN.
 */
export function spreadOf(values: Float64Array, start: number, length: number, stride = 1): Spread {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const value = values[start + i * stride] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  const mean = count === 0 ? Number.NaN : sum / count;
  if (length === 1) return { mean, std: 0, count };
  let squares = 0;
  for (let i = 0; i < length; i++) {
    const value = values[start + i * stride] ?? Number.NaN;
    if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  }
  return { mean, std: count > 1 ? Math.sqrt(squares / (count - 1)) : Number.NaN, count };
}

/** (value - mean) / scale, and 0 where that is not a number (no reward, nothing to compare with). */
export function centred(value: number, mean: number, scale: number): number {
  const advantage = (value - mean) / scale;
  return Number.isNaN(advantage) ? 0 : advantage;
}
