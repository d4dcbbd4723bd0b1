/** Tables of the recipes room: saved recipes, every version of them kept. */
import type { Migration } from '../migrate.ts';

export const recipesTables: Migration = {
  id: 6,
  name: 'recipes',
  up(db) {
    db.exec(`
      CREATE TABLE saved_recipe (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        note TEXT NOT NULL DEFAULT '',
        base TEXT NOT NULL,
        shape TEXT NOT NULL,
        version INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
      ) STRICT;
      CREATE TABLE saved_recipe_version (
        recipe TEXT NOT NULL REFERENCES saved_recipe (id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        base TEXT NOT NULL,
        yaml TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (recipe, version)
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
