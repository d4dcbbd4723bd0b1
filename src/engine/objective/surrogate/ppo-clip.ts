/**
 * Clipped surrogate: -min(min(r, delta) A, clamp(r, 1 - low, 1 + high) A). PPO, arXiv:1707.06347 eq. 7;
 * high > low is DAPO's clip-higher (arXiv:2503.14476); delta bounds the loss of unlikely tokens with
 * negative advantage, which plain clipping leaves open (two-sided clip, arXiv:2505.07291).
 */
import { z } from 'zod';
import { defineSurrogate } from '../define.ts';
import { indicator } from './indicator.ts';

export const ppoClip = defineSurrogate({
  kind: 'ppo-clip',
  meaning: 'ratio x advantage, without reward for leaving the trust interval',
  paper: 'arXiv:1707.06347',
  params: {
    low: z
      .number()
      .gt(0)
      .lte(1)
      .default(0.2)
      .meta({ description: 'Ratios below 1 - low pay no more for being made smaller.' }),
    high: z.number().gt(0).default(0.2).meta({
      description:
        'Ratios above 1 + high pay no more for being made larger; above low it is clip-higher.',
    }),
    delta: z.number().gt(1).nullable().default(null).meta({
      description:
        'Upper bound of the ratio where the advantage is negative (two-sided clip); empty = none.',
      isAdvanced: true,
    }),
  },
  build(g, { ratio, advantages }, { low, high, delta }) {
    const bounded = delta === null ? ratio : g.clamp(ratio, Number.NEGATIVE_INFINITY, delta);
    const clipped = g.clamp(ratio, 1 - low, 1 + high);
    const gain = g.minimum(g.mul(bounded, advantages), g.mul(clipped, advantages));
    return {
      loss: g.neg(gain),
      clippedLow: indicator(g, g.and(g.less(bounded, 1 - low), g.less(advantages, 0)), ratio),
      clippedHigh: indicator(
        g,
        g.and(g.greater(bounded, 1 + high), g.greater(advantages, 0)),
        ratio,
      ),
    };
  },
});
