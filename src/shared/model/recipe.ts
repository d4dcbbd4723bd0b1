/**
 * Recipes as the window sees them: the list (built in, shipped, saved), a form derived from a recipe's
 * JSON schema, what a check found while somebody types, and saved recipes with their versions.
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';
import { recipeField, recipeProblem } from '../protocol/results.ts';

export type { RecipeField, RecipeProblem } from '../protocol/results.ts';

export const recipeShape = z.enum(['online-rl', 'preference', 'supervised']);
export type RecipeShape = z.infer<typeof recipeShape>;

/** `saved:<id>` for a saved one, the recipe's own id or file name for the others. */
export const recipeId = z
  .string()
  .regex(/^(saved:)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'expected the id of a recipe');

export const recipeSummary = z.object({
  id: recipeId,
  title: z.string(),
  /** arXiv id or URL; '' without one. */
  paper: z.string(),
  /** One sentence: "as PARENT, but ...". */
  differs: z.string(),
  /** The recipe it builds on; null for the root of a family. */
  parent: z.string().nullable(),
  shape: recipeShape,
  source: z.enum(['built-in', 'shipped', 'saved']),
  /** Newest version of a saved recipe; null for the others. */
  version: z.int().nullable(),
  updatedAt: z.iso.datetime().nullable(),
});
export type RecipeSummary = z.infer<typeof recipeSummary>;

/** A slot of the recipe: one section of the form. */
export const recipeGroup = z.object({ id: z.string(), title: z.string(), description: z.string() });
export type RecipeGroup = z.infer<typeof recipeGroup>;

export const recipeSchema = z.object({
  /** The recipe asked for. */
  recipe: recipeId,
  /** The built-in recipe it is built on. */
  base: z.string(),
  title: z.string(),
  paper: z.string(),
  differs: z.string(),
  /** From the root of the family down to `base`. */
  lineage: z.array(z.string()),
  shape: recipeShape,
  /** JSON schema (draft 2020-12) of the slots, with descriptions. */
  schema: jsonObject,
  groups: z.array(recipeGroup),
  /** The same as a flat list in the order of the form; `group` names one of `groups`. */
  fields: z.array(recipeField),
  /** Every slot filled in, as the recipe asked for says. */
  defaults: jsonObject,
  /** Every slot filled in, as the paper has it: those of `base`. */
  paperDefaults: jsonObject,
});
export type RecipeSchema = z.infer<typeof recipeSchema>;

/**
 * What a person has in the form or in the editor, laid over the recipe `id`. `yaml` may begin with
 * `recipe:`, which then wins over `id`; `slots` are laid over `yaml`.
 */
export const recipeDraft = z.object({
  id: recipeId,
  yaml: z.string().max(262_144).optional(),
  /** { optimizer: { learningRate: 1e-4 } } */
  slots: jsonObject.optional(),
});
export type RecipeDraft = z.infer<typeof recipeDraft>;

export const recipeDifference = z.object({
  path: z.string(),
  /** What the recipe says; null where it has no such field. */
  from: z.unknown(),
  to: z.unknown(),
});
export type RecipeDifference = z.infer<typeof recipeDifference>;

export const recipeCheck = z.object({
  ok: z.boolean(),
  /** The built-in recipe the draft ends at. */
  base: z.string().nullable(),
  shape: recipeShape.nullable(),
  /** Every slot filled in; null while something does not fit. */
  resolved: jsonObject.nullable(),
  /** Slots of the draft alone, also parsed from its YAML; null while the YAML is no mapping. */
  slots: jsonObject.nullable(),
  /** Resolved draft against the recipe it is laid over. */
  differences: z.array(recipeDifference),
  problems: z.array(recipeProblem),
});
export type RecipeCheck = z.infer<typeof recipeCheck>;

export const savedRecipe = z.object({
  /** `saved:<id>`. */
  id: recipeId,
  name: z.string(),
  note: z.string(),
  /** The built-in or shipped recipe it lays its slots over. */
  base: z.string(),
  shape: recipeShape,
  version: z.int(),
  /** Only what differs from `base`. */
  yaml: z.string(),
  slots: jsonObject,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  /** Newest first. */
  versions: z.array(
    z.object({ version: z.int(), base: z.string(), yaml: z.string(), createdAt: z.iso.datetime() }),
  ),
});
export type SavedRecipe = z.infer<typeof savedRecipe>;

/** What a metric means, for axes, tables and help. `id` ends in `*` for a family. */
export const metricInfo = z.object({
  id: z.string(),
  unit: z.string(),
  direction: z.enum(['higher', 'lower', 'none']),
  meaning: z.string(),
  isFamily: z.boolean(),
});
export type MetricInfo = z.infer<typeof metricInfo>;
