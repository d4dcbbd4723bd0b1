/** Roll-call of advantages, the schema of the recipe slot, and the one call the loop makes. */
import { z } from 'zod';
import { batchStd } from './batch-std.ts';
import type { AdvantageInput, AdvantageResult } from './define.ts';
import { groupMean } from './group-mean.ts';
import { groupNorm } from './group-norm.ts';
import { leaveOneOut } from './leave-one-out.ts';
import { normalizeThenSum } from './normalize-then-sum.ts';

export const advantages = {
  'group-norm': groupNorm,
  'group-mean': groupMean,
  'batch-std': batchStd,
  'normalize-then-sum': normalizeThenSum,
  'leave-one-out': leaveOneOut,
} as const;

export const advantageSlot = z
  .discriminatedUnion('kind', [
    groupNorm.slot,
    groupMean.slot,
    batchStd.slot,
    normalizeThenSum.slot,
    leaveOneOut.slot,
  ])
  .meta({ description: 'What the rewards of a group become: how much each completion is pushed.' });
export type AdvantageChoice = z.output<typeof advantageSlot>;

/**
 * Rewards -> advantages by the resolved choice of the recipe.
 * @throws LabError `graph/shape-mismatch` if B is not a multiple of G.
 */
export function computeAdvantages(choice: AdvantageChoice, input: AdvantageInput): AdvantageResult {
  switch (choice.kind) {
    case 'group-norm':
      return groupNorm.compute(input, choice);
    case 'group-mean':
      return groupMean.compute(input, {});
    case 'batch-std':
      return batchStd.compute(input, choice);
    case 'normalize-then-sum':
      return normalizeThenSum.compute(input, choice);
    case 'leave-one-out':
      return leaveOneOut.compute(input, {});
  }
}
