/** Roll-call of reward terms, the schema of the recipe slot, and its compilation to one pure score. */
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { answerAccuracy } from './answer-accuracy.ts';
import { type BoundTerm, combineTerms, gateSlot, type Reward } from './combine.ts';
import { formatTags } from './format-tags.ts';
import { lengthPenalty } from './length-penalty.ts';

export const rewards = {
  'answer-accuracy': answerAccuracy,
  'format-tags': formatTags,
  'length-penalty': lengthPenalty,
} as const;

const termSlot = z.discriminatedUnion('kind', [
  answerAccuracy.slot,
  formatTags.slot,
  lengthPenalty.slot,
]);

export const rewardSlot = z.strictObject({
  terms: z
    .array(termSlot)
    .min(1)
    .meta({ description: 'What is paid for; the weighted sum is the reward.' }),
  gates: z.array(gateSlot).default([]).meta({
    description: 'Terms that pay only where another one is high enough.',
    isAdvanced: true,
  }),
});
export type RewardChoice = z.output<typeof rewardSlot>;

function bindTerm(entry: z.output<typeof termSlot>): BoundTerm {
  const { kind: id, weight } = entry;
  switch (entry.kind) {
    case 'answer-accuracy':
      return {
        id,
        weight,
        score: (sample, completion) => answerAccuracy.score(sample, completion, entry),
      };
    case 'format-tags':
      return {
        id,
        weight,
        score: (sample, completion) => formatTags.score(sample, completion, entry),
      };
    case 'length-penalty':
      return {
        id,
        weight,
        score: (sample, completion) => lengthPenalty.score(sample, completion, entry),
      };
  }
}

/**
 * The resolved reward slot as one pure function.
 * @throws LabError `recipe/invalid` if a term is listed twice or a gate names an absent one.
 */
export function compileReward(choice: RewardChoice): Reward {
  const seen = new Set<string>();
  for (const { kind } of choice.terms) {
    if (seen.has(kind)) {
      throw new LabError('recipe/invalid', `[reward] term '${kind}' is listed twice`, {
        hint: 'Give one entry with the weight you want.',
      });
    }
    seen.add(kind);
  }
  return combineTerms(choice.terms.map(bindTerm), choice.gates);
}
