/** `rationale recipe list`: one row per recipe of the roll-call. */
import { jobParams } from '../../shared/protocol/jobs.ts';
import { recipes } from '../recipes/index.ts';
import { defineJob } from './define.ts';

export const recipeList = defineJob({
  name: 'recipe-list',
  params: jobParams['recipe-list'],
  async run(context) {
    for (const { id, shape, parent, paper, title, differs } of Object.values(recipes)) {
      context.emit({ type: 'row', row: { recipe: id, shape, parent, paper, title, differs } });
    }
  },
});
