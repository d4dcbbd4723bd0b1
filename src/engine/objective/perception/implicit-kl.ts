/**
 * Implicit perception term: the policy is pushed apart from itself on a masked image, so that what it
 * writes must depend on what it sees. k3 of the two passes, aggregated as the policy loss, is
 * MAXIMISED (subtracted); the entropies of both passes can be added to stop the collapse this invites.
 * PAPO, arXiv:2507.06448.
 */
import { z } from 'zod';
import type { Ops, Value } from '../define.ts';
import { ENTROPY_SOURCES, entropySource } from '../entropy.ts';

export const perceptionSlot = z.strictObject({
  kind: z.literal('implicit-kl'),
  coefficient: z
    .number()
    .nonnegative()
    .default(0.02)
    .meta({ description: 'gamma: weight of the perception KL.' }),
  ratio: z
    .enum(['masked-over-clean', 'clean-over-masked'])
    .default('masked-over-clean')
    .meta({
      description: 'Which ratio enters k3.',
      options: {
        'masked-over-clean': 'exp(masked - new), as in the reference code',
        'clean-over-masked': 'exp(new - masked), as printed in the paper',
      },
    }),
  maskedEntropy: z
    .number()
    .default(0)
    .meta({ description: 'Weight of the entropy of the masked pass.' }),
  maskedEntropySource: entropySource.default('sampled').meta({
    description: 'What stands for the entropy of the masked pass.',
    options: ENTROPY_SOURCES,
  }),
  throughMasked: z
    .boolean()
    .default(false)
    .meta({ description: 'Back-propagate through the masked pass too; this engine does not.' }),
});
export type PerceptionChoice = z.output<typeof perceptionSlot>;

/** k3 per token [B,T] of the clean pass against the masked one; both 0 where not scored. */
export function perceptionKl(
  g: Ops,
  ratio: PerceptionChoice['ratio'],
  clean: Value,
  masked: Value,
): Value {
  const log = ratio === 'masked-over-clean' ? g.sub(masked, clean) : g.sub(clean, masked);
  return g.sub(g.sub(g.exp(log), log), 1);
}
