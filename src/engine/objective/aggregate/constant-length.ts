/**
 * Sum over all scored tokens, divided by sequences x a constant length: no completion is favoured for
 * being short or long. Dr.GRPO, arXiv:2503.20783.
 */
import { z } from 'zod';
import { defineAggregate } from '../define.ts';

export const constantLength = defineAggregate({
  kind: 'constant-length',
  meaning: 'token losses are summed and divided by a constant',
  paper: 'arXiv:2503.20783',
  params: {
    length: z.number().int().positive().nullable().default(null).meta({
      description:
        'What the sum is divided by for every completion; empty = the cap of the rollout.',
      unit: 'tokens',
    }),
  },
  counts: ['batchSequences'],
  build: (g, { loss }, { batchSequences }, { length }) =>
    g.div(g.sum(loss), g.mul(batchSequences ?? 1, length ?? 1)),
});
