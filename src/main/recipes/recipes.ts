/**
 * The recipes room of an open workspace: built-in and shipped recipes as the engine knows them, and
 * the ones a person saved. Drafts come in as YAML or slots; forms, checks and YAML go out.
 */
import { join } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { changedSlots, type PlainObject } from '../../shared/merge-slots.ts';
import type {
  MetricInfo,
  RecipeCheck,
  RecipeDraft,
  RecipeSchema,
  RecipeSummary,
  SavedRecipe,
} from '../../shared/model/recipe.ts';
import type { JobRunner } from '../engine/ask.ts';
import { APP_ROOT } from '../entries.ts';
import type { Database } from '../storage/database.ts';
import type { Changes } from '../workspace/changes.ts';
import type { History } from '../workspace/history.ts';
import type { Trash } from '../workspace/trash.ts';
import { RecipeCatalog } from './catalog.ts';
import { RecipeChecker } from './checker.ts';
import { type FlatDraft, flattenDraft, type RecipeLookup } from './draft.ts';
import { SavedLibrary } from './library.ts';
import { slotsOf, writeYaml } from './yaml.ts';

export interface RecipesOptions {
  readonly db: Database;
  readonly engine: JobRunner;
  readonly changes: Changes;
  readonly history: History;
  readonly trash: Trash;
}

export interface YamlRequest extends RecipeDraft {
  readonly extent: 'changes' | 'all';
  readonly hasComments: boolean;
}

export interface SaveRequest {
  readonly id?: string | undefined;
  readonly name: string;
  readonly note: string;
  readonly draft: RecipeDraft;
}

export class Recipes {
  readonly #catalog: RecipeCatalog;
  readonly #library: SavedLibrary;
  readonly #checker: RecipeChecker;
  readonly #lookup: RecipeLookup;

  constructor(options: RecipesOptions) {
    this.#catalog = new RecipeCatalog(options.engine, join(APP_ROOT, 'resources/recipes'));
    this.#library = new SavedLibrary(options);
    this.#lookup = {
      saved: (id) => this.#library.get(id),
      shipped: (id) => this.#catalog.shipped().find((recipe) => recipe.id === id),
    };
    this.#checker = new RecipeChecker({
      engine: options.engine,
      lookup: this.#lookup,
      defaults: (id) => this.defaults(id),
    });
  }

  /** Saved ones first, newest first; then built-in and shipped ones. */
  async list(): Promise<RecipeSummary[]> {
    const known = await this.#catalog.list();
    const saved = this.#library.list().map((recipe): RecipeSummary => {
      const below = known.find(({ id }) => id === recipe.base);
      return {
        id: recipe.id,
        title: recipe.name,
        paper: below?.paper ?? '',
        differs: recipe.note,
        parent: recipe.base,
        shape: recipe.shape,
        source: 'saved',
        version: recipe.version,
        updatedAt: recipe.updatedAt,
      };
    });
    return [...saved, ...known];
  }

  /** @throws LabError `recipe/unknown`, and for a saved recipe that no longer fits `recipe/invalid` */
  async schema(id: string): Promise<RecipeSchema> {
    if (!id.startsWith('saved:')) return await this.#catalog.schema(id);
    const saved = this.#library.get(id);
    const [below, defaults] = await Promise.all([
      this.#catalog.schema(saved.base),
      this.defaults(id),
    ]);
    return {
      ...below,
      recipe: id,
      title: saved.name,
      differs: saved.note === '' ? below.differs : saved.note,
      defaults,
      fields: below.fields.map((field) => ({
        ...field,
        default: valueAt(defaults, field.path) ?? field.default,
      })),
    };
  }

  /** Every slot filled in. @throws LabError as {@link schema} */
  async defaults(id: string): Promise<JsonObject> {
    if (!id.startsWith('saved:')) return (await this.#catalog.schema(id)).defaults;
    return await this.#checker.resolve({ id });
  }

  /** Never throws for what a person typed: it is listed as problems. */
  check(
    draft: RecipeDraft,
    options: { readonly session: string; readonly signal?: AbortSignal | undefined },
  ): Promise<RecipeCheck> {
    return this.#checker.check(draft, options);
  }

  /** @throws LabError `recipe/invalid` for `all` of a draft that does not fit, or text that is no YAML */
  async toYaml(request: YamlRequest): Promise<{ yaml: string }> {
    const { extent, hasComments, ...draft } = request;
    const flat = flattenDraft(draft, this.#lookup);
    return { yaml: await this.#text(flat, draft, { extent, hasComments }) };
  }

  saved(id: string): SavedRecipe {
    return this.#library.get(id);
  }

  /** A new recipe, or a new version of one. @throws LabError `recipe/invalid` for a draft that does not fit */
  async save({ id, name, note, draft }: SaveRequest): Promise<SavedRecipe> {
    const check = await this.#checker.check(draft, { session: `save ${id ?? name}` });
    if (check.base === null || check.shape === null || !check.ok) throw doesNotFit(name, check);
    const flat = flattenDraft(draft, this.#lookup);
    const yaml = await this.#text({ ...flat, note: '' }, draft, {
      extent: 'changes',
      hasComments: false,
    });
    const content = { name, note, base: check.base, shape: check.shape, yaml };
    return id === undefined ? this.#library.add(content) : this.#library.update(id, content);
  }

  revert(id: string, version: number): SavedRecipe {
    return this.#library.revert(id, version);
  }

  /** To the trash, with all its versions. */
  async remove(id: string): Promise<{ id: string }> {
    await this.#library.remove(id);
    return { id };
  }

  /** @throws LabError `recipe/invalid` for text that names no recipe or does not fit */
  async importYaml({ name, yaml }: { name: string; yaml: string }): Promise<SavedRecipe> {
    const flat = flattenDraft({ id: 'grpo', yaml }, this.#lookup);
    if (flat.text?.data['recipe'] === undefined) {
      throw new LabError('recipe/invalid', `[recipe ${name}] names no recipe to build on`, {
        hint: "Begin the file with a line like 'recipe: grpo'.",
      });
    }
    return await this.save({ name, note: flat.note, draft: { id: flat.base, yaml } });
  }

  metrics(): Promise<MetricInfo[]> {
    return this.#catalog.metrics();
  }

  async #text(
    flat: FlatDraft,
    draft: RecipeDraft,
    { extent, hasComments }: Pick<YamlRequest, 'extent' | 'hasComments'>,
  ): Promise<string> {
    const schema = await this.#catalog.schema(flat.base);
    const slots: PlainObject =
      extent === 'all'
        ? slotsOf(await this.#checker.resolve(draft))
        : changedSlots(slotsOf(schema.paperDefaults), flat.slots);
    return writeYaml(slots, {
      fields: schema.fields,
      hasComments,
      recipe: flat.base,
      note: flat.note,
    });
  }
}

/** The first problem as an error, all of them in its details. */
export function doesNotFit(name: string, { problems }: RecipeCheck): LabError {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new LabError(
    'recipe/invalid',
    `[recipe ${name}] ${first?.message ?? 'does not fit'}${more}`,
    { hint: first?.hint ?? undefined, details: { problems: errors } },
  );
}

function valueAt(object: JsonObject, path: string): unknown {
  let value: unknown = object;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    // An own key of plain data.
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
