/**
 * Entropy of the policy as a loss term: coefficient x masked token mean of H. `full` uses the
 * full-vocabulary entropy column (gradient through it); `sampled` uses -logprob of the sampled token,
 * whose mean is the same quantity with more noise (the PAPO reference code's choice).
 */
import { z } from 'zod';
import type { Ops, Value } from './define.ts';

export const entropySource = z.enum(['full', 'sampled']);

export const entropySlot = z.strictObject({
  /** Added to the minimised loss: positive drives entropy down, negative is an exploration bonus. */
  coefficient: z.number(),
  source: entropySource.default('full'),
});

/**
 * Masked token mean of the entropy.
 * @param column [B,T] nats, entropy ('full') or log-probs ('sampled'); 0 where not scored
 * @param tokens scalar
 */
export function meanEntropy(g: Ops, source: z.output<typeof entropySource>, column: Value, tokens: Value): Value {
  const total = g.div(g.sum(column), tokens);
  return source === 'full' ? total : g.neg(total);
}
