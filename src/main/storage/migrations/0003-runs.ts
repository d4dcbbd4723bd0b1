/** Tables of the runs room. */
import type { Migration } from '../migrate.ts';

export const runsTables: Migration = {
  id: 3,
  name: 'runs',
  up() {},
};
