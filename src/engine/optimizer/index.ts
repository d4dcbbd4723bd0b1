/**
 * Roll-call of optimizers: the schema of the recipe slot. The arithmetic of each is in its own file;
 * here is only what a recipe may say about it.
 */
import { z } from 'zod';

/** AdamW with decoupled weight decay, torch.optim.AdamW arithmetic (arXiv:1711.05101). */
const adamwSlot = z.strictObject({
  kind: z.literal('adamw'),
  /** Peak rate; the schedule multiplies it. */
  learningRate: z.number().positive().default(1e-6),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().nonnegative().default(0),
  /** Global gradient norm is scaled down to this; null = no clipping. */
  maxGradNorm: z.number().positive().nullable().default(1),
});

export const optimizerSlot = z.discriminatedUnion('kind', [adamwSlot]);
