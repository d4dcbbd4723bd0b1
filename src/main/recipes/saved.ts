/**
 * Saved recipes in workspace.sqlite. A recipe and its YAML come in; recipes with all their versions go
 * out. Nothing is overwritten: saving again adds a version, going back adds one as well.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { recipeShape, type SavedRecipe } from '../../shared/model/recipe.ts';
import type { Database } from '../storage/database.ts';
import { readYaml } from './yaml.ts';

const recipeRow = z.object({
  id: z.string(),
  name: z.string(),
  note: z.string(),
  base: z.string(),
  shape: recipeShape,
  version: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
});

const versionRow = z.object({
  recipe: z.string(),
  version: z.int(),
  base: z.string(),
  yaml: z.string(),
  created_at: z.string(),
});

/** Everything of one saved recipe: what the trash keeps. */
export const savedSnapshot = z.object({ recipe: recipeRow, versions: z.array(versionRow) });
export type SavedSnapshot = z.infer<typeof savedSnapshot>;

export interface SavedContent {
  readonly name: string;
  readonly note: string;
  readonly base: string;
  readonly shape: z.infer<typeof recipeShape>;
  readonly yaml: string;
}

export class SavedRecipes {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Newest first. */
  list(): SavedRecipe[] {
    const rows = this.#db.prepare('SELECT * FROM saved_recipe ORDER BY updated_at DESC, id').all();
    return z
      .array(recipeRow)
      .parse(rows)
      .map((row) => this.#withVersions(row));
  }

  /** @throws LabError `recipe/unknown` */
  get(id: string): SavedRecipe {
    return this.#withVersions(this.#row(id));
  }

  has(id: string): boolean {
    return this.#db.prepare('SELECT 1 FROM saved_recipe WHERE id = ?').get(id) !== undefined;
  }

  /** @returns the id of a new recipe, version 1. */
  insert(content: SavedContent): string {
    const id = `saved:${randomUUID().slice(0, 13)}`;
    const now = new Date().toISOString();
    this.#db.transaction(() => {
      this.#db
        .prepare(
          `INSERT INTO saved_recipe (id, name, note, base, shape, version, created_at, updated_at)
           VALUES (@id, @name, @note, @base, @shape, 1, @now, @now)`,
        )
        .run({ ...content, id, now });
      this.#addVersion(id, 1, content, now);
    })();
    return id;
  }

  /** @returns the number of the version before and after; the same when nothing differs. */
  update(id: string, content: SavedContent): { readonly from: number; readonly to: number } {
    const before = this.get(id);
    const isSameText = before.yaml === content.yaml && before.base === content.base;
    const now = new Date().toISOString();
    const to = isSameText ? before.version : this.#newest(id) + 1;
    this.#db.transaction(() => {
      if (!isSameText) this.#addVersion(id, to, content, now);
      this.#db
        .prepare(
          `UPDATE saved_recipe SET name = @name, note = @note, base = @base, shape = @shape,
           version = @to, updated_at = @now WHERE id = @id`,
        )
        .run({ ...content, id, to, now });
    })();
    return { from: before.version, to };
  }

  /** Makes a version the one that counts. @throws LabError `recipe/unknown` */
  point(id: string, version: number): SavedRecipe {
    const row = this.#db
      .prepare('SELECT base FROM saved_recipe_version WHERE recipe = ? AND version = ?')
      .get(id, version);
    const found = z.object({ base: z.string() }).safeParse(row);
    if (!found.success) {
      throw new LabError('recipe/unknown', `[recipe ${id}] has no version ${version}`);
    }
    this.#db
      .prepare('UPDATE saved_recipe SET version = ?, base = ?, updated_at = ? WHERE id = ?')
      .run(version, found.data.base, new Date().toISOString(), id);
    return this.get(id);
  }

  /** Name and note alone. */
  rename(id: string, name: string, note: string): void {
    this.#db.prepare('UPDATE saved_recipe SET name = ?, note = ? WHERE id = ?').run(name, note, id);
  }

  /** All of a recipe. @throws LabError `recipe/unknown` */
  snapshot(id: string): SavedSnapshot {
    return { recipe: this.#row(id), versions: this.#versions(id) };
  }

  /** Takes a recipe out and returns all of it. @throws LabError `recipe/unknown` */
  take(id: string): SavedSnapshot {
    const snapshot = this.snapshot(id);
    this.#db.prepare('DELETE FROM saved_recipe WHERE id = ?').run(id);
    return snapshot;
  }

  /** Puts back what {@link take} took; one that is there already stays as it is. */
  putBack({ recipe, versions }: SavedSnapshot): void {
    this.#db.transaction(() => {
      this.#db
        .prepare(
          `INSERT OR IGNORE INTO saved_recipe
           (id, name, note, base, shape, version, created_at, updated_at)
           VALUES (@id, @name, @note, @base, @shape, @version, @created_at, @updated_at)`,
        )
        .run(recipe);
      const insert = this.#db.prepare(
        `INSERT OR IGNORE INTO saved_recipe_version (recipe, version, base, yaml, created_at)
         VALUES (@recipe, @version, @base, @yaml, @created_at)`,
      );
      for (const version of versions) insert.run(version);
    })();
  }

  #addVersion(id: string, version: number, content: SavedContent, now: string): void {
    this.#db
      .prepare(
        `INSERT INTO saved_recipe_version (recipe, version, base, yaml, created_at)
         VALUES (?, ?, ?, ?, ?)`,
      )
      .run(id, version, content.base, content.yaml, now);
  }

  #newest(id: string): number {
    return Math.max(0, ...this.#versions(id).map(({ version }) => version));
  }

  #row(id: string): z.infer<typeof recipeRow> {
    const row = this.#db.prepare('SELECT * FROM saved_recipe WHERE id = ?').get(id);
    if (row === undefined) {
      throw new LabError('recipe/unknown', `no saved recipe '${id}'`, {
        hint: 'It may lie in the trash: Settings, Trash.',
      });
    }
    return recipeRow.parse(row);
  }

  #versions(id: string): z.infer<typeof versionRow>[] {
    const rows = this.#db
      .prepare('SELECT * FROM saved_recipe_version WHERE recipe = ? ORDER BY version DESC')
      .all(id);
    return z.array(versionRow).parse(rows);
  }

  #withVersions(row: z.infer<typeof recipeRow>): SavedRecipe {
    const versions = this.#versions(row.id);
    const current = versions.find(({ version }) => version === row.version) ?? versions[0];
    if (current === undefined) {
      throw new LabError('workspace/corrupt', `[recipe ${row.id}] has no version`);
    }
    const { recipe: _, note: __, ...slots } = readYaml(current.yaml, row.name).data;
    return {
      id: row.id,
      name: row.name,
      note: row.note,
      base: row.base,
      shape: row.shape,
      version: row.version,
      yaml: current.yaml,
      slots,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      versions: versions.map(({ version, base, yaml, created_at: createdAt }) => ({
        version,
        base,
        yaml,
        createdAt,
      })),
    };
  }
}
