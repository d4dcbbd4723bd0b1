/** `rationale recipe show`: one row, a recipe with every slot filled in as a run would freeze it. */
import { jobParams } from '../../shared/protocol/jobs.ts';
import { defineJob } from './define.ts';
import { loadRecipe } from './recipe-source.ts';

export const recipeShow = defineJob({
  name: 'recipe-show',
  params: jobParams['recipe-show'],
  async run(context, params) {
    const { id, ...rest } = await loadRecipe(params);
    context.emit({ type: 'row', row: { recipe: id, ...rest } });
  },
});
