/**
 * A draft as a person has it (recipe, text, form) becomes slots over a built-in recipe: shipped and
 * saved recipes below it are laid first, then the text, then the form.
 */
import { mergeSlots, type PlainObject } from '../../shared/merge-slots.ts';
import type { RecipeDraft, SavedRecipe } from '../../shared/model/recipe.ts';
import type { ShippedRecipe } from './catalog.ts';
import { type RecipeText, readYaml, slotsOf } from './yaml.ts';

export interface FlatDraft {
  /** Built-in recipe. */
  readonly base: string;
  /** The recipe the draft is compared with: the one it names, built-in, shipped or saved. */
  readonly named: string;
  /** All that is laid over `base`. */
  readonly slots: PlainObject;
  readonly note: string;
  /** Absent when the draft has no text. */
  readonly text: RecipeText | undefined;
}

export interface RecipeLookup {
  saved(id: string): SavedRecipe;
  shipped(id: string): ShippedRecipe | undefined;
}

/** @throws LabError `recipe/invalid` (text that is no YAML mapping), `recipe/unknown` (saved recipe) */
export function flattenDraft(draft: RecipeDraft, lookup: RecipeLookup): FlatDraft {
  const text = draft.yaml === undefined ? undefined : readYaml(draft.yaml, draft.id);
  const { recipe, note, ...written } = text?.data ?? {};
  const saved = draft.id.startsWith('saved:') ? lookup.saved(draft.id) : undefined;
  // The text of a saved recipe is all of it: it replaces what is stored.
  const below = saved === undefined ? draft.id : saved.base;
  const start = typeof recipe === 'string' ? recipe : below;
  const kept = saved !== undefined && text === undefined ? slotsOf(saved.slots) : {};
  const chain = chainOf(start, lookup);
  return {
    base: chain.base,
    named: typeof recipe === 'string' && saved === undefined ? recipe : draft.id,
    slots: [...chain.layers, kept, written, slotsOf(draft.slots)].reduce(mergeSlots, {}),
    note: typeof note === 'string' ? note : (saved?.note ?? ''),
    text,
  };
}

/** From a named recipe down to the built-in one, with what lies between. */
function chainOf(
  start: string,
  lookup: RecipeLookup,
): { readonly base: string; readonly layers: readonly PlainObject[] } {
  if (start.startsWith('saved:')) {
    const saved = lookup.saved(start);
    const below = chainOf(saved.base, lookup);
    return { base: below.base, layers: [...below.layers, slotsOf(saved.slots)] };
  }
  const shipped = lookup.shipped(start);
  return shipped === undefined
    ? { base: start, layers: [] }
    : { base: shipped.base, layers: [shipped.slots] };
}
