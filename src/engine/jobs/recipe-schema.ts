/** The form of a recipe: its slots as JSON schema and as a flat list of fields, with its defaults. */
import type { JsonObject } from '../../shared/json.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { recipeFields, slotSchema } from '../recipes/form.ts';
import { recipes } from '../recipes/index.ts';
import { findRecipe } from '../recipes/resolve.ts';
import { defineJob } from './define.ts';
import { loadRecipe } from './recipe-source.ts';

export const recipeSchema = defineJob({
  name: 'recipe-schema',
  params: jobParams['recipe-schema'],
  async run(context, params) {
    const names = params.recipe === undefined ? Object.keys(recipes) : [params.recipe];
    for (const name of names) {
      const recipe = await loadRecipe({ recipe: name, set: {} });
      const { id, title, paper, differs, lineage, shape, slots } = recipe;
      const row = {
        recipe: id,
        title,
        paper,
        differs,
        parent: findRecipe(id).parent,
        lineage,
        shape,
        schema: slotSchema(shape) as JsonObject, // plain JSON
        fields: recipeFields(recipe),
        defaults: slots,
      };
      context.emit({ type: 'row', row });
    }
  },
});
