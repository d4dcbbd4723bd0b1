/**
 * k3 = exp(refLogprob - logprob) - (refLogprob - logprob) - 1: unbiased, never negative.
 * Schulman 2020; GRPO, arXiv:2402.03300 eq. 4.
 */
import { defineKl } from '../define.ts';

export const k3 = defineKl({
  kind: 'k3',
  meaning: 'low-variance estimate, never negative',
  paper: 'arXiv:2402.03300',
  params: {},
  build: (g, logRef) => g.sub(g.sub(g.exp(logRef), logRef), 1),
});
