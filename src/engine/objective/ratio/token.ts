/** Importance ratio of each token: r_t = exp(logprob_t - oldLogprob_t) [B,T]. PPO, arXiv:1707.06347. */
import { defineRatio } from '../define.ts';

export const token = defineRatio({
  kind: 'token',
  meaning: 'one ratio per token',
  paper: 'arXiv:1707.06347',
  params: {},
  build: (g, { logRatio }) => g.exp(logRatio),
});
