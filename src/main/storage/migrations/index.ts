/** The roll-call of schema steps of workspace.sqlite, oldest first: `NNNN-<room>.ts`, never reordered. */
import type { Migration } from '../migrate.ts';
import { workspaceTables } from './0001-workspace.ts';
import { datasetsTables } from './0002-datasets.ts';
import { runsTables } from './0003-runs.ts';
import { rolloutsTables } from './0004-rollouts.ts';
import { modelsTables } from './0005-models.ts';
import { recipesTables } from './0006-recipes.ts';

export const migrations: readonly Migration[] = [
  workspaceTables,
  datasetsTables,
  runsTables,
  rolloutsTables,
  modelsTables,
  recipesTables,
];
