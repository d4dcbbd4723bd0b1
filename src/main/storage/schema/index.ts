/** The roll-call of tables in workspace.sqlite: one import and one line per room. */
import * as datasets from './datasets.ts';
import * as models from './models.ts';
import * as recipes from './recipes.ts';
import * as rollouts from './rollouts.ts';
import * as runs from './runs.ts';
import * as workspace from './workspace.ts';

/** Given to `drizzleOf`; a test compares it with what the migrations make. */
export const schema = {
  ...workspace,
  ...datasets,
  ...models,
  ...recipes,
  ...runs,
  ...rollouts,
};
