/**
 * What a person names on the command line becomes a resolved recipe: an id, the name of a file in
 * resources/recipes or the path of a YAML file, and `--set` assignments laid over it.
 */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';
import { isPlainObject, mergeSlots } from '../../shared/merge-slots.ts';
import type { PlainObject } from '../recipes/define.ts';
import { type ResolvedRecipe, readOverrides, resolveRecipe } from '../recipes/resolve.ts';

/** Recipe files that come with the project; they are named by what stands before `.yaml`. */
const SHIPPED = fileURLToPath(new URL('../../../resources/recipes', import.meta.url));

export interface RecipeSource {
  readonly recipe: string;
  /** Dotted paths -> values. */
  readonly set: JsonObject;
}

/**
 * @throws LabError `file/missing`, `recipe/unknown`, `recipe/invalid`, `recipe/missing-column`, and
 *   `cli/usage` for assignments that contradict each other.
 */
export async function loadRecipe(source: RecipeSource): Promise<ResolvedRecipe> {
  const { recipe, slots } = namedSlots(source);
  return resolveRecipe(recipe ?? '', slots);
}

/** What the options of a run say beside its recipe. */
export interface AskedRun extends RecipeSource {
  readonly model?: string | undefined;
  readonly data?: string | undefined;
  readonly seed?: number | undefined;
  readonly steps?: number | undefined;
}

/** The recipe of a run: named, assigned, and with the options of the run laid over it. */
export async function askedRecipe(run: AskedRun): Promise<ResolvedRecipe> {
  const { seed, steps, model, data } = run;
  const asked: PlainObject = {
    training: {
      ...(seed === undefined ? {} : { seed }),
      ...(steps === undefined ? {} : { steps }),
    },
    ...(model === undefined ? {} : { model: { path: resolve(model) } }),
    data: {
      ...(seed === undefined ? {} : { seed }),
      ...(data === undefined ? {} : { source: resolve(data) }),
    },
  };
  const named = await loadRecipe(run);
  // Parsed JSON is plain data.
  return resolveRecipe(named.id, mergeSlots(named.slots as unknown as PlainObject, asked));
}

/** As {@link loadRecipe}, not resolved yet; no recipe is named where none was given. */
export function namedSlots({
  recipe,
  set,
}: {
  readonly recipe?: string | undefined;
  readonly set: JsonObject;
}): { readonly recipe: string | null; readonly slots: PlainObject } {
  const assigned = nest(set);
  if (recipe === undefined) return { recipe: null, slots: assigned };
  const path = fileOf(recipe);
  if (path === undefined) return { recipe, slots: assigned };
  const file = readOverrides(path);
  if (file.recipe === null) {
    throw new LabError('recipe/invalid', `[recipe file ${recipe}] names no recipe to build on`, {
      hint: "Begin the file with a line like 'recipe: grpo'.",
    });
  }
  return { recipe: file.recipe, slots: mergeSlots(file.slots, assigned) };
}

function fileOf(recipe: string): string | undefined {
  if (/[/\\]|\.(ya?ml|json)$/.test(recipe)) return recipe;
  const shipped = join(SHIPPED, `${recipe}.yaml`);
  return existsSync(shipped) ? shipped : undefined;
}

/** The files that come with the project: name, recipe they build on, what they are for. */
export function shippedRecipes(): { name: string; recipe: string; note: string }[] {
  return readdirSync(SHIPPED)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const { recipe, note } = readOverrides(join(SHIPPED, file));
      return { name: basename(file, '.yaml'), recipe: recipe ?? '', note };
    });
}

/** { 'a.b': 1 } -> { a: { b: 1 } }. */
function nest(set: JsonObject): PlainObject {
  const nested: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(set)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let at: Record<string, unknown> = nested;
    for (const key of keys) {
      // Own keys only: a path through __proto__ must stay plain data.
      if (!Object.hasOwn(at, key)) define(at, key, {});
      const next = at[key];
      if (typeof next !== 'object' || next === null || Array.isArray(next))
        throw contradiction(path);
      // An object that this loop made, or one that --set gave as JSON.
      at = next as Record<string, unknown>;
    }
    define(at, last, value);
  }
  // Every value came out of JSON.parse or is text.
  const plain = nested as PlainObject;
  if (!isPlainObject(plain)) throw contradiction('--set');
  return plain;
}

function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function contradiction(path: string): LabError {
  return new LabError('cli/usage', `[--set] ${path} goes through a field that was set to a value`);
}
