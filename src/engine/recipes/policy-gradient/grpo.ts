/** GRPO: G completions a prompt, group z-score as advantage, clipped token ratio, mean per sequence. */
import { defineRecipe } from '../define.ts';

export const grpo = defineRecipe({
  id: 'grpo',
  title: 'GRPO',
  paper: 'arXiv:2402.03300',
  parent: null,
  differs: 'the root of the group-relative family: no critic, the group is the baseline',
  shape: 'online-rl',
  slots: {
    rollout: { kind: 'sampled-group', groupSize: 8, temperature: 1 },
    reward: {
      terms: [
        { kind: 'answer-accuracy', weight: 1 },
        { kind: 'format-tags', weight: 0.2 },
      ],
    },
    advantage: { kind: 'group-norm' },
    objective: {
      kind: 'policy',
      ratio: { kind: 'token' },
      surrogate: { kind: 'ppo-clip', low: 0.2, high: 0.2 },
      // The paper's 0.04; without a reference (null) a step is cheaper, as TRL now defaults to.
      kl: { kind: 'k3', coefficient: 0.04 },
      aggregate: { kind: 'seq-mean-token-mean' },
    },
    model: { reference: 'initial' },
    optimizer: { kind: 'adamw', learningRate: 1e-6, maxGradNorm: 1 },
    schedule: { kind: 'constant' },
    training: { promptsPerStep: 8, updatesPerStep: 1 },
  },
});
