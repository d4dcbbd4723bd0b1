/** Tables of the recipes room. */
import type { Migration } from '../migrate.ts';

export const recipesTables: Migration = {
  id: 6,
  name: 'recipes',
  up() {},
};
