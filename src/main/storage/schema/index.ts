/** The roll-call of tables in workspace.sqlite: one import and one line per room. */
import * as workspace from './workspace.ts';

/** Given to `drizzleOf`; a test compares it with what the migrations make. */
export const schema = {
  ...workspace,
};
