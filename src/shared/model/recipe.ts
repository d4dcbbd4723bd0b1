/**
 * Recipes as the window sees them: the list (built in, shipped, saved), a form derived from a recipe's
 * JSON schema, what a check found while somebody types, and saved recipes with their versions.
 */
import { z } from 'zod';
import { jsonObject } from '../json.ts';

export const recipeShape = z.enum(['online-rl', 'preference', 'supervised']);
export type RecipeShapeName = z.infer<typeof recipeShape>;

/** `saved:<id>` for a saved one, the recipe's own id or file name for the others. */
export const recipeId = z.string().min(1).max(200);

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

/** One choice of a slot that names its `kind`. */
export interface RecipeChoice {
  kind: string;
  title: string;
  description: string;
  fields: RecipeField[];
}

/** One field of the form. `fields` for an object, `choices` where `kind` decides which fields there are. */
export interface RecipeField {
  /** Dotted path from the root: 'optimizer.learningRate'. */
  path: string;
  title: string;
  description: string;
  level: 'basic' | 'advanced';
  /**
   * `list`: text or options, one per line; `map`: name -> number; `json`: anything else, edited as
   * text.
   */
  type:
    | 'number'
    | 'integer'
    | 'text'
    | 'boolean'
    | 'enum'
    | 'list'
    | 'map'
    | 'object'
    | 'choice'
    | 'json';
  /** null is a value of its own: off, or the whole run. */
  isNullable: boolean;
  /** What the recipe says (the paper's, where it has one). */
  default: unknown;
  min: number | null;
  max: number | null;
  /** The end of the range is not part of it. */
  isMinExclusive: boolean;
  isMaxExclusive: boolean;
  /** Values of an enum or of the items of a list. */
  options: string[];
  fields: RecipeField[];
  choices: RecipeChoice[];
}

export const recipeField: z.ZodType<RecipeField> = z.lazy(() =>
  z.object({
    path: z.string(),
    title: z.string(),
    description: z.string(),
    level: z.enum(['basic', 'advanced']),
    type: z.enum([
      'number',
      'integer',
      'text',
      'boolean',
      'enum',
      'list',
      'map',
      'object',
      'choice',
      'json',
    ]),
    isNullable: z.boolean(),
    default: z.unknown(),
    min: z.number().nullable(),
    max: z.number().nullable(),
    isMinExclusive: z.boolean(),
    isMaxExclusive: z.boolean(),
    options: z.array(z.string()),
    fields: z.array(recipeField),
    choices: z.array(
      z.object({
        kind: z.string(),
        title: z.string(),
        description: z.string(),
        fields: z.array(recipeField),
      }),
    ),
  }),
);

/** A slot of the recipe: one section of the form. */
export const recipeGroup = z.object({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  fields: z.array(recipeField),
});
export type RecipeGroup = z.infer<typeof recipeGroup>;

export const recipeSchema = z.object({
  /** The recipe asked for. */
  recipe: recipeId,
  /** The built-in recipe it is built on. */
  base: z.string(),
  shape: recipeShape,
  /** JSON schema of the slots, with descriptions. */
  schema: jsonObject,
  groups: z.array(recipeGroup),
  /** Every slot filled in, as the recipe says. */
  defaults: jsonObject,
});
export type RecipeSchema = z.infer<typeof recipeSchema>;

/** What a person has in the form or in the editor; `yaml` wins where both are given. */
export const recipeDraft = z.object({
  id: recipeId,
  yaml: z
    .string()
    .max(256 * 1024)
    .optional(),
  /** Slots laid over the recipe: { optimizer: { learningRate: 1e-4 } }. */
  slots: jsonObject.optional(),
});
export type RecipeDraft = z.infer<typeof recipeDraft>;

export const recipeProblem = z.object({
  /** Dotted path of the field; '' for the whole recipe. */
  path: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  /** Line of the YAML text, from 1, where it is known. */
  line: z.int().nullable(),
});
export type RecipeProblem = z.infer<typeof recipeProblem>;

export const recipeDifference = z.object({
  path: z.string(),
  /** Absent fields read null. */
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
  /** Slots of the draft alone, parsed from its YAML. */
  slots: jsonObject.nullable(),
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
  yaml: z.string(),
  slots: jsonObject,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  versions: z.array(z.object({ version: z.int(), createdAt: z.iso.datetime(), yaml: z.string() })),
});
export type SavedRecipe = z.infer<typeof savedRecipe>;

/** What a metric is called and what it means, for axes, tables and help. */
export const metricDefinition = z.object({
  id: z.string(),
  title: z.string(),
  unit: z.string(),
  description: z.string(),
  /** Stage or room that emits it. */
  group: z.string(),
  /** Which way is better, where that is plain. */
  better: z.enum(['higher', 'lower']).nullable(),
});
export type MetricInfo = z.infer<typeof metricDefinition>;
