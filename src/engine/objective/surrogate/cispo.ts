/**
 * REINFORCE with a clipped, detached importance weight: -sg(min(r, max)) A logprob. No token loses its
 * gradient, its weight is only bounded. CISPO, MiniMax-M1, arXiv:2506.13585.
 */
import { z } from 'zod';
import { defineSurrogate } from '../define.ts';
import { indicator } from './indicator.ts';

export const cispo = defineSurrogate({
  kind: 'cispo',
  meaning: 'log-probability weighted by a bounded importance ratio that carries no gradient',
  paper: 'arXiv:2506.13585',
  params: {
    max: z
      .number()
      .gt(0)
      .default(5)
      .meta({ description: 'Upper bound of the ratio itself (not 1 + epsilon).' }),
  },
  build(g, { ratio, advantages, logprobs }, { max }) {
    const weight = g.stopGradient(g.clamp(ratio, Number.NEGATIVE_INFINITY, max));
    const isHigh = g.and(g.greater(ratio, max), g.greater(advantages, 0));
    return {
      loss: g.neg(g.mul(g.mul(weight, advantages), logprobs)),
      clippedLow: indicator(g, g.and(isHigh, g.not(isHigh)), ratio),
      clippedHigh: indicator(g, isHigh, ratio),
    };
  },
});
