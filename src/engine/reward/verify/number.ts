/** The answer is one number and lies within the tolerance of the true value. */
import { z } from 'zod';
import { defineVerifier, verdictOf, WRONG } from './define.ts';
import { parseNumber } from './text.ts';

export const number = defineVerifier({
  kind: 'number',
  meaning: 'one number within a tolerance',
  params: {
    value: z.number(),
    /** Absolute. */
    tolerance: z.number().nonnegative().default(0),
    /** As a share of |value|; the wider of the two holds. */
    relativeTolerance: z.number().nonnegative().default(0),
  },
  judge(answer, { value, tolerance, relativeTolerance }) {
    const given = parseNumber(answer);
    if (given === undefined) return WRONG;
    const allowed = Math.max(tolerance, relativeTolerance * Math.abs(value));
    // 1e-9: a decimal fraction must not fail by its last bit (0.1 + 0.2 against 0.3).
    return verdictOf(Math.abs(given - value) <= allowed + 1e-9 * Math.max(1, Math.abs(value)));
  },
});
