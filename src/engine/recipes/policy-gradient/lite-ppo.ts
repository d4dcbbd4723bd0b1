/** Lite-PPO: two tricks on top of a critic-free PPO. */
import { defineRecipe } from '../define.ts';

export const litePpo = defineRecipe({
  id: 'lite-ppo',
  title: 'Lite-PPO',
  paper: 'arXiv:2508.08221',
  parent: 'grpo',
  differs:
    'as GRPO, but the group mean is combined with the spread of the whole batch, every token weighs the same, and there is no KL',
  shape: 'online-rl',
  slots: {
    advantage: { kind: 'batch-std' },
    objective: { kl: null, aggregate: { kind: 'token-mean' } },
    model: { reference: null },
  },
});
