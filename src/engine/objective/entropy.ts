/**
 * Entropy of the policy as a loss term: coefficient x masked token mean of H. `full` uses the
 * full-vocabulary entropy column (gradient through it); `sampled` uses -logprob of the sampled token,
 * whose mean is the same quantity with more noise (the PAPO reference code's choice).
 */
import { z } from 'zod';

export const entropySource = z.enum(['full', 'sampled']);

export const entropySlot = z.strictObject({
  /** Added to the minimised loss: positive drives entropy down, negative is an exploration bonus. */
  coefficient: z.number(),
  source: entropySource.default('full'),
});
