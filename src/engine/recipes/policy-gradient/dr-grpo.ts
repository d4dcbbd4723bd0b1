/** Dr.GRPO: GRPO without its two normalisers. */
import { defineRecipe } from '../define.ts';

export const drGrpo = defineRecipe({
  id: 'dr-grpo',
  title: 'Dr.GRPO',
  paper: 'arXiv:2503.20783',
  parent: 'grpo',
  differs:
    'as GRPO, but advantages are not divided by the group spread, token sums are divided by a constant length, and there is no KL',
  shape: 'online-rl',
  slots: {
    advantage: { kind: 'group-mean' },
    objective: { kl: null, aggregate: { kind: 'constant-length' } },
    model: { reference: null },
  },
});
