/** DAPO: clip-higher, no KL, token-level loss, dynamic sampling, soft overlong penalty. */
import { defineRecipe } from '../define.ts';

export const dapo = defineRecipe({
  id: 'dapo',
  title: 'DAPO',
  paper: 'arXiv:2503.14476',
  parent: 'grpo',
  differs:
    'as GRPO, but the upper clip is wider, there is no KL, every token of the batch weighs the same, groups without spread are resampled, and completions near the cap are penalised',
  shape: 'online-rl',
  slots: {
    rollout: { filter: { kind: 'group-spread', maxRounds: 3 } },
    reward: {
      terms: [
        { kind: 'answer-accuracy', weight: 1 },
        { kind: 'format-tags', weight: 0.2 },
        { kind: 'length-penalty', weight: 1, cushion: 0.2 },
      ],
    },
    objective: {
      surrogate: { kind: 'ppo-clip', low: 0.2, high: 0.28 },
      kl: null,
      aggregate: { kind: 'global-token-mean' },
    },
    model: { reference: null },
  },
});
