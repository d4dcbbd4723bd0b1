/** GSPO: the ratio belongs to the sequence, and so does the clip. */
import { defineRecipe } from '../define.ts';

export const gspo = defineRecipe({
  id: 'gspo',
  title: 'GSPO',
  paper: 'arXiv:2507.18071',
  parent: 'grpo',
  differs:
    'as GRPO, but one length-normalised ratio per completion is clipped (in a far narrower interval), and there is no KL',
  shape: 'online-rl',
  slots: {
    objective: {
      ratio: { kind: 'sequence' },
      surrogate: { kind: 'ppo-clip', low: 3e-4, high: 4e-4 },
      kl: null,
    },
    model: { reference: null },
  },
});
