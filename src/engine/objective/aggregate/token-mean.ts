/** Sum over all scored tokens, divided by the scored tokens of the optimizer batch. */
import { defineAggregate } from '../define.ts';

export const tokenMean = defineAggregate({
  kind: 'token-mean',
  meaning: 'every token of the batch weighs the same',
  paper: 'arXiv:2503.14476',
  params: {},
  counts: ['batchTokens'],
  build: (g, { loss }, { batchTokens }) => g.div(g.sum(loss), batchTokens ?? 1),
});
