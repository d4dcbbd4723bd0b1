/**
 * A recipe is data: what it is called, the paper, its parent, one sentence on what differs, and only
 * the slot choices in which it differs from its parent. Nothing in a recipe runs.
 */
import type { PlainObject } from '../../shared/merge-slots.ts';
import type { RecipeShape } from './slots.ts';

export type { PlainObject } from '../../shared/merge-slots.ts';

export interface RecipeDefinition {
  readonly id: string;
  readonly title: string;
  /** arXiv id or URL; empty where there is none. */
  readonly paper: string;
  /** One sentence: "as PARENT, but ...". */
  readonly differs: string;
  readonly parent: string | null;
  readonly shape: RecipeShape;
  readonly slots: PlainObject;
}

/** Freezes a recipe; the types keep it plain data. */
export function defineRecipe<const Id extends string>(
  recipe: RecipeDefinition & { readonly id: Id },
) {
  return Object.freeze(recipe);
}
