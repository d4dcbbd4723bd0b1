/** PAPO: GRPO plus a term that makes completions depend on the picture. */
import { defineRecipe } from '../define.ts';

export const papo = defineRecipe({
  id: 'papo',
  title: 'PAPO',
  paper: 'arXiv:2507.06448',
  parent: 'grpo',
  differs:
    'as GRPO, but the policy is pushed apart from itself on a masked image (implicit perception KL), with both entropies held down against collapse',
  shape: 'online-rl',
  slots: {
    rollout: { maskedTwin: { fraction: 0.6 } },
    reward: {
      terms: [
        { kind: 'answer-accuracy', weight: 0.9 },
        { kind: 'format-tags', weight: 0.1 },
      ],
    },
    objective: {
      surrogate: { kind: 'ppo-clip', low: 0.2, high: 0.3 },
      kl: { kind: 'k3', coefficient: 0.01 },
      entropy: { coefficient: 0.05, source: 'sampled' },
      perception: {
        kind: 'implicit-kl',
        coefficient: 0.02,
        ratio: 'masked-over-clean',
        maskedEntropy: 0.05,
        maskedEntropySource: 'sampled',
      },
    },
  },
});
