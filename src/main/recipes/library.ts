/**
 * Saved recipes with undo and trash: every change is recorded as two operations that set a state, and
 * what is deleted lies in the trash with all its versions.
 */
import { z } from 'zod';
import type { SavedRecipe } from '../../shared/model/recipe.ts';
import type { Database } from '../storage/database.ts';
import type { Changes } from '../workspace/changes.ts';
import type { History } from '../workspace/history.ts';
import type { Trash } from '../workspace/trash.ts';
import { type SavedContent, SavedRecipes, savedSnapshot } from './saved.ts';

const point = z.object({ id: z.string(), version: z.int(), name: z.string(), note: z.string() });

export class SavedLibrary {
  readonly #store: SavedRecipes;
  readonly #changes: Changes;
  readonly #history: History;
  readonly #trash: Trash;

  constructor(options: {
    readonly db: Database;
    readonly changes: Changes;
    readonly history: History;
    readonly trash: Trash;
  }) {
    this.#store = new SavedRecipes(options.db);
    this.#changes = options.changes;
    this.#history = options.history;
    this.#trash = options.trash;
    this.#trash.define('recipe', {
      restore: (data) => {
        this.#store.putBack(savedSnapshot.parse(data));
        this.#changes.touch('recipes');
      },
      remove: (data) => this.remove(savedSnapshot.parse(data).recipe.id),
    });
    this.#history.define('recipes/take', (data) => {
      const { id } = z.object({ id: z.string() }).parse(data);
      if (this.#store.has(id)) this.#store.take(id);
      this.#changes.touch('recipes');
    });
    this.#history.define('recipes/put-back', (data) => {
      this.#store.putBack(savedSnapshot.parse(data));
      this.#changes.touch('recipes');
    });
    this.#history.define('recipes/point', (data) => {
      const { id, version, name, note } = point.parse(data);
      this.#store.point(id, version);
      this.#store.rename(id, name, note);
      this.#changes.touch('recipes');
    });
  }

  list(): SavedRecipe[] {
    return this.#store.list();
  }

  /** @throws LabError `recipe/unknown` */
  get(id: string): SavedRecipe {
    return this.#store.get(id);
  }

  add(content: SavedContent): SavedRecipe {
    const id = this.#store.insert(content);
    this.#history.record({
      label: `save the recipe ${content.name}`,
      undo: { kind: 'recipes/take', data: { id } },
      redo: { kind: 'recipes/put-back', data: this.#store.snapshot(id) },
    });
    return this.#changed(id);
  }

  /** @throws LabError `recipe/unknown` */
  update(id: string, content: SavedContent): SavedRecipe {
    const before = this.#store.get(id);
    const { to } = this.#store.update(id, content);
    this.#recordPoint(`save the recipe ${content.name}`, before, this.#store.get(id), to);
    return this.#changed(id);
  }

  /** @throws LabError `recipe/unknown` */
  revert(id: string, version: number): SavedRecipe {
    const before = this.#store.get(id);
    const after = this.#store.point(id, version);
    this.#recordPoint(`go back to version ${version} of ${before.name}`, before, after, version);
    return this.#changed(id);
  }

  /** @throws LabError `recipe/unknown` */
  async remove(id: string): Promise<void> {
    const snapshot = this.#store.snapshot(id);
    await this.#trash.add({
      kind: 'recipe',
      title: `the recipe ${snapshot.recipe.name}`,
      from: null,
      restore: snapshot,
      commit: () => {
        this.#store.take(id);
      },
    });
    this.#changes.touch('recipes');
  }

  #recordPoint(label: string, before: SavedRecipe, after: SavedRecipe, version: number): void {
    const to = (recipe: SavedRecipe, at: number) => ({
      kind: 'recipes/point',
      data: { id: recipe.id, version: at, name: recipe.name, note: recipe.note },
    });
    this.#history.record({ label, undo: to(before, before.version), redo: to(after, version) });
  }

  #changed(id: string): SavedRecipe {
    this.#changes.touch('recipes');
    return this.#store.get(id);
  }
}
