/** RLOO: REINFORCE with a leave-one-out baseline. */
import { defineRecipe } from '../define.ts';

export const rloo = defineRecipe({
  id: 'rloo',
  title: 'RLOO',
  paper: 'arXiv:2402.14740',
  parent: 'grpo',
  differs:
    'as GRPO, but the baseline is the mean of the other completions, nothing is divided by a spread, and the ratio is one per sequence',
  shape: 'online-rl',
  slots: {
    advantage: { kind: 'leave-one-out' },
    objective: { ratio: { kind: 'sequence' }, kl: { kind: 'k1', coefficient: 0.05 } },
  },
});
