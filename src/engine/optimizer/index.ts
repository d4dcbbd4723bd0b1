/**
 * Roll-call of optimizers: the schema of the recipe slot. The arithmetic of each is in its own file;
 * here is only what a recipe may say about it.
 */
import { z } from 'zod';

const adamwSlot = z
  .strictObject({
    kind: z.literal('adamw'),
    learningRate: z
      .number()
      .positive()
      .default(1e-6)
      .meta({ description: 'Peak rate; the schedule multiplies it.' }),
    beta1: z
      .number()
      .min(0)
      .lt(1)
      .default(0.9)
      .meta({ description: 'Decay of the running mean of gradients.', isAdvanced: true }),
    beta2: z
      .number()
      .min(0)
      .lt(1)
      .default(0.999)
      .meta({ description: 'Decay of the running mean of squared gradients.', isAdvanced: true }),
    epsilon: z
      .number()
      .positive()
      .default(1e-8)
      .meta({ description: 'Added to the root of the second moment.', isAdvanced: true }),
    weightDecay: z.number().nonnegative().default(0).meta({
      description: 'Pull of the weights towards 0, apart from the gradient (decoupled).',
      isAdvanced: true,
    }),
    maxGradNorm: z.number().positive().nullable().default(1).meta({
      description: 'The global gradient norm is scaled down to this; empty = no clipping.',
      isAdvanced: true,
    }),
  })
  .meta({ description: 'AdamW with decoupled weight decay (arXiv:1711.05101)' });

export const optimizerSlot = z
  .discriminatedUnion('kind', [adamwSlot])
  .meta({ description: 'How gradients become updates.' });
