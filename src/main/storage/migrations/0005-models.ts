/** Tables of the models room. */
import type { Migration } from '../migrate.ts';

export const modelsTables: Migration = {
  id: 5,
  name: 'models',
  up() {},
};
