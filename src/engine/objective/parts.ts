/** Roll-call of objective parts and the schemas of the recipe's objective slot. */
import { z } from 'zod';
import { constantLength } from './aggregate/constant-length.ts';
import { globalTokenMean } from './aggregate/global-token-mean.ts';
import { seqMeanTokenMean } from './aggregate/seq-mean-token-mean.ts';
import { tokenMean } from './aggregate/token-mean.ts';
import { entropySlot } from './entropy.ts';
import { k1 } from './kl/k1.ts';
import { k2 } from './kl/k2.ts';
import { k3 } from './kl/k3.ts';
import { perceptionSlot } from './perception/implicit-kl.ts';
import { dpo } from './preference/dpo.ts';
import { hinge } from './preference/hinge.ts';
import { ipo } from './preference/ipo.ts';
import { sequence } from './ratio/sequence.ts';
import { token } from './ratio/token.ts';
import { nll } from './supervised/nll.ts';
import { cispo } from './surrogate/cispo.ts';
import { ppoClip } from './surrogate/ppo-clip.ts';
import { sapo } from './surrogate/sapo.ts';

export const ratios = { token, sequence } as const;
export const surrogates = { 'ppo-clip': ppoClip, cispo, sapo } as const;
export const kls = { k1, k2, k3 } as const;
export const aggregates = {
  'seq-mean-token-mean': seqMeanTokenMean,
  'token-mean': tokenMean,
  'global-token-mean': globalTokenMean,
  'constant-length': constantLength,
} as const;
export const preferences = { dpo, ipo, hinge } as const;
export const supervised = { nll } as const;

const klSlot = z.strictObject({
  kind: z.enum(['k1', 'k2', 'k3']).meta({
    title: 'KL estimator',
    description: 'Estimator of the KL from the sampled tokens.',
    options: { k1: k1.meaning, k2: k2.meaning, k3: k3.meaning },
    isAdvanced: true,
  }),
  coefficient: z.number().nonnegative().meta({
    title: 'KL coefficient',
    description:
      'beta: weight of the KL in the loss of every token, never clipped. Can be changed while the run goes on.',
  }),
});

export const policySlot = z.strictObject({
  kind: z.literal('policy'),
  ratio: z
    .discriminatedUnion('kind', [token.slot, sequence.slot])
    .meta({ description: 'What the importance ratio belongs to.' }),
  surrogate: z
    .discriminatedUnion('kind', [ppoClip.slot, cispo.slot, sapo.slot])
    .meta({ description: 'How ratio and advantage become the loss of a token.' }),
  kl: klSlot.nullable().default(null).meta({
    title: 'KL',
    description: 'KL to the reference in the loss; off = no reference is needed.',
  }),
  entropy: entropySlot.nullable().default(null).meta({
    description: 'Entropy of the policy as a term of the loss; off = none.',
    isAdvanced: true,
  }),
  perception: perceptionSlot.nullable().default(null).meta({
    description: 'Pushes the policy apart from itself on a masked picture (PAPO); off = none.',
    isAdvanced: true,
  }),
  aggregate: z
    .discriminatedUnion('kind', [
      seqMeanTokenMean.slot,
      tokenMean.slot,
      globalTokenMean.slot,
      constantLength.slot,
    ])
    .meta({ description: 'How the losses of tokens become one number.' }),
});
export type PolicyChoice = z.output<typeof policySlot>;

export const preferenceSlot = z.strictObject({
  kind: z.literal('preference'),
  loss: z
    .discriminatedUnion('kind', [dpo.slot, ipo.slot, hinge.slot])
    .meta({ description: 'Loss of a pair.' }),
});
export type PreferenceChoice = z.output<typeof preferenceSlot>;

export const supervisedSlot = z.strictObject({ kind: z.literal('supervised'), loss: nll.slot });
export type SupervisedChoice = z.output<typeof supervisedSlot>;
