/** The roll-call of rooms a window can call. The window names this type and nothing else of main. */
import { datasetsRouter } from './datasets.ts';
import { modelsRouter } from './models.ts';
import { recipesRouter } from './recipes.ts';
import { rolloutsRouter } from './rollouts.ts';
import { runsRouter } from './runs.ts';
import { systemRouter } from './system.ts';
import { router } from './trpc.ts';
import { workspaceRouter } from './workspace.ts';

export const appRouter = router({
  system: systemRouter,
  workspace: workspaceRouter,
  runs: runsRouter,
  rollouts: rolloutsRouter,
  models: modelsRouter,
  recipes: recipesRouter,

  datasets: datasetsRouter,
});
export type AppRouter = typeof appRouter;
