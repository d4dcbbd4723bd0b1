/** Roll-call of recipes: every method the lab can run, as data. */
import type { RecipeDefinition } from './define.ts';
import { cispo } from './policy-gradient/cispo.ts';
import { dapo } from './policy-gradient/dapo.ts';
import { drGrpo } from './policy-gradient/dr-grpo.ts';
import { grpo } from './policy-gradient/grpo.ts';
import { gspo } from './policy-gradient/gspo.ts';
import { litePpo } from './policy-gradient/lite-ppo.ts';
import { papo } from './policy-gradient/papo.ts';
import { rloo } from './policy-gradient/rloo.ts';
import { sapo } from './policy-gradient/sapo.ts';
import { dpo } from './preference/dpo.ts';
import { hinge } from './preference/hinge.ts';
import { ipo } from './preference/ipo.ts';
import { sft } from './supervised/sft.ts';

export const recipes = {
  sft,
  grpo,
  dapo,
  'dr-grpo': drGrpo,
  gspo,
  'lite-ppo': litePpo,
  papo,
  cispo,
  sapo,
  rloo,
  dpo,
  ipo,
  hinge,
} as const satisfies Record<string, RecipeDefinition>;
export type RecipeId = keyof typeof recipes;
