/** SFT: imitation of written completions; the prompt is not scored. */
import { defineRecipe } from '../define.ts';

export const sft = defineRecipe({
  id: 'sft',
  title: 'Supervised fine-tuning',
  paper: '',
  parent: null,
  differs: 'the root of supervised training: mean negative log-likelihood of completion tokens',
  shape: 'supervised',
  slots: {
    objective: { kind: 'supervised', loss: { kind: 'nll' } },
    optimizer: { kind: 'adamw', learningRate: 1e-5, maxGradNorm: 1 },
    schedule: { kind: 'cosine', warmupSteps: 5 },
    training: { promptsPerStep: 8 },
  },
});
