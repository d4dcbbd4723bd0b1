/** SAPO: a soft gate in place of the clip. */
import { defineRecipe } from '../define.ts';

export const sapo = defineRecipe({
  id: 'sapo',
  title: 'SAPO',
  paper: 'arXiv:2511.20347',
  parent: 'grpo',
  differs:
    'as GRPO, but the hard clip is a sigmoid gate around ratio 1, sharper for negative advantages, and there is no KL',
  shape: 'online-rl',
  slots: {
    objective: { surrogate: { kind: 'sapo', tauPositive: 1, tauNegative: 1.05 }, kl: null },
    model: { reference: null },
  },
});
