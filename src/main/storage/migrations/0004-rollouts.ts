/** Tables of the rollouts room. */
import type { Migration } from '../migrate.ts';

export const rolloutsTables: Migration = {
  id: 4,
  name: 'rollouts',
  up() {},
};
