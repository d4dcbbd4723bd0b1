/**
 * Soft overlong punishment: 0 up to Lmax - Lc tokens, falling linearly to -1 at Lmax, -1 beyond.
 * DAPO, arXiv:2503.14476 eq. 13. Lc is given as a fraction of the cap, so that the term means the
 * same at 64 tokens and at 16,384 (the paper: 4,096 of 20,480, a fifth).
 */
import { z } from 'zod';
import { defineReward } from './define.ts';

export const lengthPenalty = defineReward({
  id: 'length-penalty',
  meaning: 'a penalty that grows over the last stretch before the token cap',
  paper: 'arXiv:2503.14476',
  range: [-1, 0],
  params: {
    maxTokens: z.number().int().positive().nullable().default(null).meta({
      description: 'Lmax: here the penalty is full; empty = the cap of the rollout.',
      unit: 'tokens',
      isAdvanced: true,
    }),
    cushion: z.number().gt(0).max(1).default(0.2).meta({
      description: 'Last stretch before Lmax over which the penalty grows, as a share of it.',
      unit: 'fraction',
    }),
  },
  score(_sample, completion, { maxTokens, cushion }) {
    const cap = maxTokens ?? completion.maxTokens;
    if (cap === undefined || completion.tokens === undefined) return null;
    const stretch = cap * cushion;
    return Math.max(-1, Math.min(0, (cap - stretch - completion.tokens) / stretch));
  },
});
