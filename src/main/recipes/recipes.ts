/**
 * The recipes room of an open workspace: built-in and shipped recipes as the engine knows them, and
 * the ones a person saved. Drafts come in as YAML or slots; forms, checks and YAML go out.
 */
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import type {
  MetricInfo,
  RecipeCheck,
  RecipeDraft,
  RecipeSchema,
  RecipeSummary,
  SavedRecipe,
} from '../../shared/model/recipe.ts';

const soon = (): never => {
  throw new LabError('internal', '[recipes] this part is being written');
};

export class Recipes {
  list(): Promise<RecipeSummary[]> {
    return soon();
  }
  schema(_id: string): Promise<RecipeSchema> {
    return soon();
  }
  defaults(_id: string): Promise<JsonObject> {
    return soon();
  }
  check(
    _draft: RecipeDraft,
    _options: { session: string; signal: AbortSignal | undefined },
  ): Promise<RecipeCheck> {
    return soon();
  }
  toYaml(
    _draft: RecipeDraft & { extent: 'changes' | 'all'; hasComments: boolean },
  ): Promise<{ yaml: string }> {
    return soon();
  }
  saved(_id: string): SavedRecipe {
    return soon();
  }
  save(_input: {
    id?: string | undefined;
    name: string;
    note: string;
    draft: RecipeDraft;
  }): Promise<SavedRecipe> {
    return soon();
  }
  revert(_id: string, _version: number): SavedRecipe {
    return soon();
  }
  remove(_id: string): { trashId: string } {
    return soon();
  }
  importYaml(_input: { name: string; yaml: string }): Promise<SavedRecipe> {
    return soon();
  }
  metrics(): Promise<MetricInfo[]> {
    return soon();
  }
}
