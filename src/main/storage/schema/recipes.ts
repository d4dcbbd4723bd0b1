/** Tables of the recipes room in workspace.sqlite, as made by migration 0006. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** A recipe somebody saved; its text is in {@link savedRecipeVersion}. */
export const savedRecipe = sqliteTable('saved_recipe', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  note: text('note').notNull().default(''),
  /** Built-in or shipped recipe it lays its slots over. */
  base: text('base').notNull(),
  shape: text('shape').notNull(),
  /** The version that counts. */
  version: integer('version').notNull(),
  createdAt: text('created_at').notNull(),
  updatedAt: text('updated_at').notNull(),
});

/** Every version ever saved. */
export const savedRecipeVersion = sqliteTable(
  'saved_recipe_version',
  {
    recipe: text('recipe')
      .notNull()
      .references(() => savedRecipe.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    base: text('base').notNull(),
    yaml: text('yaml').notNull(),
    createdAt: text('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.recipe, table.version] })],
);
