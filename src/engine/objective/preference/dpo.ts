/** -log sigmoid(beta (chosen - rejected)), scores relative to the reference. DPO, arXiv:2305.18290 eq. 7. */
import { z } from 'zod';
import { definePreference } from '../define.ts';

export const dpo = definePreference({
  kind: 'dpo',
  meaning: 'logistic loss on the difference of implicit rewards',
  paper: 'arXiv:2305.18290',
  params: {
    beta: z.number().gt(0).default(0.1).meta({
      description: 'How strongly the policy is held to the reference: smaller = further away.',
    }),
  },
  // -log sigmoid(x) = softplus(-x), which does not overflow.
  build: (g, { chosen, rejected }, { beta }) => g.softplus(g.mul(g.sub(rejected, chosen), beta)),
});
