/**
 * Compares every number a fixture expects with what was computed. Expected values are JSON (nested
 * lists, null = not a number); computed ones are flat arrays or scalars by the same names.
 */

export interface ObjectiveRow {
  readonly file: string;
  readonly case: string;
  /** Largest absolute difference; null where nothing could be compared. */
  readonly max_abs: number | null;
  readonly ok: boolean;
  /** Only where not ok: what is off. */
  readonly problem?: string;
}

export type Computed = Readonly<Record<string, ArrayLike<number> | number | undefined>>;

/** Absolute. The references are float64, so that this leaves room for nothing but rounding. */
export const TOLERANCE = 1e-6;

/** The numbers of nested lists in order; null becomes NaN. @throws TypeError at anything else */
export function flatten(value: unknown): number[] {
  if (value === null || value === undefined) return [Number.NaN];
  if (typeof value === 'number') return [value];
  if (typeof value === 'boolean') return [Number(value)];
  if (Array.isArray(value)) return value.flatMap(flatten);
  throw new TypeError(`expected numbers, got ${typeof value}`);
}

/** One row of the report; a value that is expected and was not computed is never ok. */
export function compareCase(
  where: { readonly file: string; readonly case: string },
  expected: Readonly<Record<string, unknown>>,
  computed: Computed,
): ObjectiveRow {
  let maxAbs = 0;
  const problems: string[] = [];
  for (const [name, wanted] of leaves(expected, '')) {
    const actual = computed[name];
    // A null stands for a quantity that the case does not have.
    if (wanted === null && actual === undefined) continue;
    if (actual === undefined) {
      problems.push(`'${name}' is expected but not known here`);
      continue;
    }
    const difference = largestDifference(
      flatten(wanted),
      typeof actual === 'number' ? [actual] : actual,
    );
    maxAbs = Math.max(maxAbs, difference);
    if (!(difference <= TOLERANCE)) problems.push(`'${name}' is off by ${difference}`);
  }
  return {
    ...where,
    max_abs: Number.isFinite(maxAbs) ? maxAbs : null,
    ok: problems.length === 0,
    ...(problems.length === 0 ? {} : { problem: problems.join('; ') }),
  };
}

function leaves(value: Readonly<Record<string, unknown>>, prefix: string): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const name = prefix + key;
    const isNested = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
    // A JSON object: its keys are names again.
    return isNested ? leaves(inner as Record<string, unknown>, `${name}/`) : [[name, inner]];
  });
}

function largestDifference(expected: readonly number[], actual: ArrayLike<number>): number {
  if (expected.length !== actual.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const [at, wanted] of expected.entries()) {
    const got = actual[at] ?? Number.NaN;
    if (Number.isNaN(wanted) && Number.isNaN(got)) continue;
    const difference = Math.abs(got - wanted);
    largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return largest;
}
