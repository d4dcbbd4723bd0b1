/**
 * Recipes over the wire: the list, forms derived from a recipe's schema, the check while somebody
 * types, YAML, and saved recipes. Every answer has its schema in shared/model/recipe.ts.
 */
import { z } from 'zod';
import {
  type MetricInfo,
  type RecipeCheck,
  type RecipeSchema,
  type RecipeSummary,
  recipeDraft,
  recipeId,
  type SavedRecipe,
} from '../../shared/model/recipe.ts';
import { procedure, router } from './trpc.ts';

const name = z.string().trim().min(1).max(200);
const byId = z.object({ id: recipeId });

export const recipesRouter = router({
  list: procedure
    .input(z.void())
    .query(({ ctx }): Promise<RecipeSummary[]> => ctx.lab.recipes.list()),

  schema: procedure
    .input(byId)
    .query(({ ctx, input }): Promise<RecipeSchema> => ctx.lab.recipes.schema(input.id)),

  /** Every slot filled in, as the recipe says. */
  defaults: procedure.input(byId).query(({ ctx, input }) => ctx.lab.recipes.defaults(input.id)),

  /** As somebody types: a newer check of the same `session` cancels the one before it. */
  check: procedure
    .input(recipeDraft.extend({ session: z.string().max(100).default('') }))
    .query(({ ctx, input, signal }): Promise<RecipeCheck> => {
      const { session, ...draft } = input;
      return ctx.lab.recipes.check(draft, { session, signal });
    }),

  /** `changes`: only what differs from the recipe; `all`: every slot. */
  toYaml: procedure
    .input(
      recipeDraft.extend({
        extent: z.enum(['changes', 'all']).default('changes'),
        hasComments: z.boolean().default(false),
      }),
    )
    .query(({ ctx, input }): Promise<{ yaml: string }> => ctx.lab.recipes.toYaml(input)),

  saved: procedure
    .input(byId)
    .query(({ ctx, input }): SavedRecipe => ctx.lab.recipes.saved(input.id)),

  /** A new recipe, or with `id` a new version of a saved one. */
  save: procedure
    .input(
      z.object({
        id: recipeId.optional(),
        name,
        note: z.string().max(10_000).default(''),
        draft: recipeDraft,
      }),
    )
    .mutation(({ ctx, input }): Promise<SavedRecipe> => ctx.lab.recipes.save(input)),

  /** Makes an older version the newest again. */
  revert: procedure
    .input(byId.extend({ version: z.int().min(1) }))
    .mutation(({ ctx, input }): SavedRecipe => ctx.lab.recipes.revert(input.id, input.version)),

  /** To the trash; undo brings it back. */
  remove: procedure.input(byId).mutation(({ ctx, input }) => ctx.lab.recipes.remove(input.id)),

  /** YAML text of a recipe file becomes a saved recipe. */
  importYaml: procedure
    .input(z.object({ name, yaml: z.string().max(256 * 1024) }))
    .mutation(({ ctx, input }): Promise<SavedRecipe> => ctx.lab.recipes.importYaml(input)),

  metrics: procedure
    .input(z.void())
    .query(({ ctx }): Promise<MetricInfo[]> => ctx.lab.recipes.metrics()),
});
