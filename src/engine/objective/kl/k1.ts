/** k1 = logprob - refLogprob: unbiased, noisy, may be negative. Schulman 2020, "Approximating KL divergence". */
import { defineKl } from '../define.ts';

export const k1 = defineKl({
  kind: 'k1',
  meaning: 'log ratio to the reference',
  paper: 'http://joschu.net/blog/kl-approx.html',
  params: {},
  build: (g, logRef) => g.neg(logRef),
});
