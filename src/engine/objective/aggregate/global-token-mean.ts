/**
 * Sum over all scored tokens, divided by the scored tokens of the whole generation batch (all its
 * updates and micro-batches together). DAPO, arXiv:2503.14476 eq. 8.
 */
import { defineAggregate } from '../define.ts';

export const globalTokenMean = defineAggregate({
  kind: 'global-token-mean',
  meaning: 'every token of the generation batch weighs the same',
  paper: 'arXiv:2503.14476',
  params: {},
  counts: ['tokenCount'],
  build: (g, { loss }, { tokenCount }) => g.div(g.sum(loss), tokenCount ?? 1),
});
