/**
 * Mean over sequences of the mean over their tokens; a row with no scored token counts with 0.
 * GRPO, arXiv:2402.03300 eq. 3.
 */
import { defineAggregate } from '../define.ts';

export const seqMeanTokenMean = defineAggregate({
  kind: 'seq-mean-token-mean',
  meaning: 'every completion weighs the same',
  paper: 'arXiv:2402.03300',
  params: {},
  counts: ['batchSequences'],
  build(g, { loss, rowTokens }, { batchSequences }) {
    const rows = g.div(g.sum(loss, { axes: [1], keep: true }), rowTokens);
    return g.div(g.sum(rows), batchSequences ?? 1);
  },
});
