/**
 * One ratio per sequence, the geometric mean of its token ratios:
 * s = exp(sum_t mask_t (logprob_t - oldLogprob_t) / tokens) [B,1]. GSPO, arXiv:2507.18071 eq. 7.
 */
import { defineRatio } from '../define.ts';

export const sequence = defineRatio({
  kind: 'sequence',
  meaning: 'one length-normalised ratio per completion',
  paper: 'arXiv:2507.18071',
  params: {},
  build: (g, { logRatio, mask, rowTokens }) =>
    g.exp(g.div(g.sum(g.mul(logRatio, mask), { axes: [1], keep: true }), rowTokens)),
});
