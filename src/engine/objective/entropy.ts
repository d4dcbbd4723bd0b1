/**
 * Entropy of the policy as a loss term: coefficient x masked token mean of H. `full` uses the
 * full-vocabulary entropy column (gradient through it); `sampled` uses -logprob of the sampled token,
 * whose mean is the same quantity with more noise (the PAPO reference code's choice).
 */
import { z } from 'zod';

export const ENTROPY_SOURCES = {
  full: 'of the whole vocabulary, with its gradient',
  sampled: '-log p of the sampled tokens: the same mean, with more noise',
} as const;
export const entropySource = z.enum(['full', 'sampled']);

export const entropySlot = z.strictObject({
  coefficient: z.number().meta({
    description:
      'Added to the minimised loss: positive drives entropy down, negative is an exploration bonus.',
  }),
  source: entropySource
    .default('full')
    .meta({ description: 'What stands for the entropy.', options: ENTROPY_SOURCES }),
});
