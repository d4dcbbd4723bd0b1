/** Tables of the datasets room. */
import type { Migration } from '../migrate.ts';

export const datasetsTables: Migration = {
  id: 2,
  name: 'datasets',
  up() {},
};
