/** Negative log-likelihood: -sum of scored log-probs / scored tokens of the optimizer batch (one global mean). */
import { z } from 'zod';
import type { Ops, Value } from '../define.ts';

export const nll = Object.freeze({
  kind: 'nll',
  meaning: 'mean negative log-likelihood of the completion tokens',
  paper: '',
  slot: z
    .strictObject({ kind: z.literal('nll') })
    .meta({ description: 'mean negative log-likelihood of the completion tokens' }),
  /** @param logprobs [B,T] 0 where not scored; @param batchTokens scalar */
  build: (g: Ops, logprobs: Value, batchTokens: Value): Value =>
    g.neg(g.div(g.sum(logprobs), batchTokens)),
} as const);
