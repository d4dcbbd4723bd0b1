/** How far an array is from its reference, and whether that is close enough. */

export interface ParityRow {
  readonly case: string;
  readonly tensor: string;
  readonly max_abs: number;
  /** Largest absolute difference over the largest absolute reference value. */
  readonly max_rel: number;
  readonly ok: boolean;
}

export type Tolerance = { readonly abs: number } | { readonly rel: number };

/** Integers and ids must be equal. */
export const EXACT: Tolerance = { abs: 0 };

/**
 * @param keep which elements count; default all. A length mismatch or a NaN is never ok.
 */
export function compare(
  where: { readonly case: string; readonly tensor: string },
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  keep: (index: number) => boolean = () => true,
): ParityRow {
  let maxAbs = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (!keep(i)) continue;
    const reference = expected[i] ?? Number.NaN;
    const difference = Math.abs((actual[i] ?? Number.NaN) - reference);
    if (Number.isNaN(difference)) maxAbs = Number.POSITIVE_INFINITY;
    maxAbs = Math.max(maxAbs, difference);
    largest = Math.max(largest, Math.abs(reference));
  }
  const maxRel = maxAbs === 0 ? 0 : maxAbs / Math.max(largest, Number.MIN_VALUE);
  const ok = 'abs' in tolerance ? maxAbs <= tolerance.abs : maxRel <= tolerance.rel;
  return { ...where, max_abs: maxAbs, max_rel: maxRel, ok };
}
