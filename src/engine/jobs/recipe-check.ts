/**
 * `rationale recipe check`: resolves a recipe without running it; what does not fit is an error. As
 * one types (`asYouType`) nothing is an error: one row lists every problem.
 */
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { mergeSlots } from '../../shared/merge-slots.ts';
import { jobParams } from '../../shared/protocol/jobs.ts';
import { checkRecipe } from '../recipes/check.ts';
import type { PlainObject } from '../recipes/define.ts';
import { parseOverrides, resolveRecipe } from '../recipes/resolve.ts';
import { defineJob } from './define.ts';
import { namedSlots } from './recipe-source.ts';

export const recipeCheck = defineJob({
  name: 'recipe-check',
  params: jobParams['recipe-check'],
  async run(context, params) {
    const { recipe, set, yaml } = params;
    const base = namedSlots({ recipe, set });
    const slots = params.slots === undefined ? undefined : plain(params.slots);
    if (params.asYouType) {
      const row = checkRecipe({ base, yaml, slots });
      context.emit({ type: 'row', row: { ...row } });
      return { ok: row.ok };
    }
    const file = parseOverrides(yaml ?? '');
    const id = file.recipe ?? base.recipe;
    if (id === null) {
      throw new LabError('recipe/invalid', '[recipe check] names no recipe', {
        hint: 'Give the id of a recipe, the name of a file, or a text that begins with its recipe.',
      });
    }
    const resolved = resolveRecipe(id, [base.slots, file.slots, slots ?? {}].reduce(mergeSlots));
    const { shape, lineage } = resolved;
    context.emit({ type: 'row', row: { recipe: resolved.id, shape, lineage, ok: true } });
    return { ok: true };
  },
});

/** What came over the border may be no plain data. */
function plain(slots: JsonObject): PlainObject {
  return JSON.parse(JSON.stringify(slots)) as PlainObject; // JSON is plain data
}
