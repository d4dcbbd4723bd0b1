/** `rationale recipe list`: one row per recipe of the roll-call, then the files built on them. */
import { jobParams } from '../../shared/protocol/jobs.ts';
import { recipes } from '../recipes/index.ts';
import { findRecipe } from '../recipes/resolve.ts';
import { defineJob } from './define.ts';
import { shippedRecipes } from './recipe-source.ts';

export const recipeList = defineJob({
  name: 'recipe-list',
  params: jobParams['recipe-list'],
  async run(context) {
    for (const { id, shape, parent, paper, title, differs } of Object.values(recipes)) {
      context.emit({ type: 'row', row: { recipe: id, shape, parent, paper, title, differs } });
    }
    for (const { name, recipe, note } of shippedRecipes()) {
      const { shape, paper, title } = findRecipe(recipe);
      context.emit({
        type: 'row',
        row: { recipe: name, shape, parent: recipe, paper, title, differs: note },
      });
    }
  },
});
