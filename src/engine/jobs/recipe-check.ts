/** `rationale recipe check`: resolves a recipe without running it; what does not fit is an error. */
import { jobParams } from '../../shared/protocol/jobs.ts';
import { defineJob } from './define.ts';
import { loadRecipe } from './recipe-source.ts';

export const recipeCheck = defineJob({
  name: 'recipe-check',
  params: jobParams['recipe-check'],
  async run(context, params) {
    const { id, shape, lineage } = await loadRecipe({
      recipe: params.recipe ?? '',
      set: params.set,
    });
    context.emit({ type: 'row', row: { recipe: id, shape, lineage, ok: true } });
    return { ok: true };
  },
});
