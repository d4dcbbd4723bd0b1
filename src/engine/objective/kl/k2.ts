/** k2 = (refLogprob - logprob)^2 / 2: biased, low variance. Schulman 2020, "Approximating KL divergence". */
import { defineKl } from '../define.ts';

export const k2 = defineKl({
  kind: 'k2',
  meaning: 'half the squared log ratio to the reference',
  paper: 'http://joschu.net/blog/kl-approx.html',
  params: {},
  build: (g, logRef) => g.mul(g.mul(logRef, logRef), 0.5),
});
