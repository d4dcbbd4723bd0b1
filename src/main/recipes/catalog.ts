/**
 * What the engine knows about recipes, asked once per process: the built-in ones, those that ship as
 * files, the form of each and the metrics. None of it changes while the app runs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { isPlainObject, type PlainObject } from '../../shared/merge-slots.ts';
import {
  type MetricInfo,
  metricInfo,
  type RecipeSchema,
  type RecipeSummary,
  recipeShape,
} from '../../shared/model/recipe.ts';
import { recipeSchemaResult } from '../../shared/protocol/results.ts';
import { askEngine, type JobRunner } from '../engine/ask.ts';
import { GROUPS } from './groups.ts';
import { readYaml } from './yaml.ts';

export interface ShippedRecipe {
  readonly id: string;
  /** Built-in recipe it is built on. */
  readonly base: string;
  readonly note: string;
  readonly slots: PlainObject;
}

const listRow = z.looseObject({
  recipe: z.string(),
  shape: recipeShape,
  parent: z.string().nullable(),
  paper: z.string(),
  title: z.string(),
  differs: z.string(),
});

export class RecipeCatalog {
  readonly #engine: JobRunner;
  readonly #folder: string;
  /** Answers by question; one that failed is asked again. */
  readonly #answers = new Map<string, Promise<unknown>>();
  #shipped: readonly ShippedRecipe[] | undefined;

  /** @param folder the recipe files that come with the app */
  constructor(engine: JobRunner, folder: string) {
    this.#engine = engine;
    this.#folder = folder;
  }

  /** Built-in recipes, then shipped ones. */
  list(): Promise<RecipeSummary[]> {
    return this.#once('list', async () => {
      const rows = await askEngine(this.#engine, 'recipe-list', {}, { row: listRow });
      const shipped = new Set(this.shipped().map(({ id }) => id));
      return rows.map(
        ({ recipe, shape, parent, paper, title, differs }): RecipeSummary => ({
          id: recipe,
          title: shipped.has(recipe) ? titleOf(recipe) : title,
          paper,
          differs,
          parent,
          shape,
          source: shipped.has(recipe) ? 'shipped' : 'built-in',
          version: null,
          updatedAt: null,
        }),
      );
    });
  }

  /**
   * The form of a built-in or shipped recipe.
   * @throws LabError `recipe/unknown`
   */
  schema(id: string): Promise<RecipeSchema> {
    return this.#once(`schema ${id}`, async () => {
      const base = this.baseOf(id);
      const [own] = await this.#schemaRows(id);
      const [paper] = base === id ? [own] : await this.#schemaRows(base);
      if (own === undefined || paper === undefined) {
        throw new LabError('engine/protocol', `[recipe-schema] no answer for ${id}`);
      }
      const groups = [...new Set(own.fields.map(({ group }) => group))];
      return {
        recipe: id,
        base,
        title: base === id ? own.title : titleOf(id),
        paper: own.paper,
        differs: own.differs,
        lineage: own.lineage,
        shape: own.shape,
        schema: own.schema,
        groups: groups.map(
          (group) => GROUPS[group] ?? { id: group, title: group, description: '' },
        ),
        fields: own.fields,
        defaults: own.defaults,
        paperDefaults: paper.defaults,
      };
    });
  }

  metrics(): Promise<MetricInfo[]> {
    return this.#once('metrics', () =>
      askEngine(this.#engine, 'metric-list', {}, { row: metricInfo }),
    );
  }

  /** Recipes that come as files, by name. */
  shipped(): readonly ShippedRecipe[] {
    this.#shipped ??= readdirSync(this.#folder)
      .filter((file) => file.endsWith('.yaml'))
      .sort()
      .map((file) => readShipped(join(this.#folder, file)));
    return this.#shipped;
  }

  /** The built-in recipe a built-in or shipped one ends at. */
  baseOf(id: string): string {
    return this.shipped().find((recipe) => recipe.id === id)?.base ?? id;
  }

  #schemaRows(recipe: string): Promise<z.output<typeof recipeSchemaResult>[]> {
    return askEngine(this.#engine, 'recipe-schema', { recipe }, { row: recipeSchemaResult });
  }

  #once<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(question);
    // The key names what is asked, and each is asked in one place with one type.
    if (known !== undefined) return known as Promise<T>;
    const answer = ask();
    this.#answers.set(question, answer);
    answer.catch(() => this.#answers.delete(question));
    return answer;
  }
}

function readShipped(path: string): ShippedRecipe {
  const id = basename(path, '.yaml');
  const { data } = readYaml(readFileSync(path, 'utf8'), id);
  const { recipe, note, ...slots } = data;
  return {
    id,
    base: typeof recipe === 'string' ? recipe : id,
    note: typeof note === 'string' ? note : '',
    slots: located(located(slots, dirname(path), 'data', 'source'), dirname(path), 'model', 'path'),
  };
}

/** Paths in a file are relative to it; `world` and `starter` are names. */
function located(slots: PlainObject, folder: string, slot: string, field: string): PlainObject {
  const choice = slots[slot];
  if (!isPlainObject(choice)) return slots;
  const path = choice[field];
  if (typeof path !== 'string' || path === 'world' || path === 'starter') return slots;
  return { ...slots, [slot]: { ...choice, [field]: resolve(folder, path) } };
}

/** `starter-grpo` -> `Starter grpo`: a file has a name and no title. */
function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
