/** DPO: preference pairs, logistic loss. */
import { defineRecipe } from '../define.ts';

export const dpo = defineRecipe({
  id: 'dpo',
  title: 'DPO',
  paper: 'arXiv:2305.18290',
  parent: null,
  differs: 'the root of the preference family: the reward is the log ratio to the reference',
  shape: 'preference',
  slots: {
    objective: { kind: 'preference', loss: { kind: 'dpo', beta: 0.1 } },
    model: { reference: 'initial' },
    optimizer: { kind: 'adamw', learningRate: 1e-6, maxGradNorm: 1 },
    schedule: { kind: 'linear', warmupSteps: 10 },
    training: { promptsPerStep: 8 },
  },
});
