/** max(0, 1 - beta (chosen - rejected)); no gradient once the margin is met. SLiC-HF, arXiv:2305.10425. */
import { z } from 'zod';
import { definePreference } from '../define.ts';

export const hinge = definePreference({
  kind: 'hinge',
  meaning: 'linear loss until the margin is met',
  paper: 'arXiv:2305.10425',
  params: {
    beta: z.number().gt(0).default(0.1).meta({
      description: 'How strongly the policy is held to the reference: smaller = further away.',
    }),
  },
  build(g, { chosen, rejected }, { beta }) {
    const missing = g.add(g.mul(g.sub(rejected, chosen), beta), 1);
    // Not maximum(x, 0): at exactly 0 the gradient is 0, as of torch.relu.
    return g.where(g.greater(missing, 0), missing, 0);
  },
});
