/**
 * Soft gate instead of a clip: -(4/tau) sigmoid(tau (r - 1)) A, with a sharper tau for negative
 * advantages. The gradient fades smoothly as the ratio leaves 1. SAPO, arXiv:2511.20347.
 */
import { z } from 'zod';
import { defineSurrogate } from '../define.ts';
import { indicator } from './indicator.ts';

export const sapo = defineSurrogate({
  kind: 'sapo',
  meaning: 'ratio x advantage through a sigmoid gate that fades away from ratio 1',
  paper: 'arXiv:2511.20347',
  params: {
    tauPositive: z
      .number()
      .gt(0)
      .default(1)
      .meta({ description: 'Sharpness of the gate for positive advantages.' }),
    tauNegative: z
      .number()
      .gt(0)
      .default(1.05)
      .meta({ description: 'Sharpness of the gate for negative advantages.' }),
  },
  build(g, { ratio, advantages }, { tauPositive, tauNegative }) {
    const gate = (tau: number) => g.mul(g.sigmoid(g.mul(g.sub(ratio, 1), tau)), 4 / tau);
    const isPositive = g.greater(advantages, 0);
    // Nothing is cut off here, so no place counts as clipped.
    const nowhere = indicator(g, g.and(isPositive, g.not(isPositive)), ratio);
    return {
      loss: g.neg(g.mul(g.where(isPositive, gate(tauPositive), gate(tauNegative)), advantages)),
      clippedLow: nowhere,
      clippedHigh: nowhere,
    };
  },
});
