/** The roll-call of rooms a window can call. The window names this type and nothing else of main. */
import { datasetsRouter } from './datasets.ts';
import { modelsRouter } from './models.ts';
import { recipesRouter } from './recipes.ts';
import { router } from './trpc.ts';

export const appRouter = router({
  models: modelsRouter,
  recipes: recipesRouter,

  datasets: datasetsRouter,
});
export type AppRouter = typeof appRouter;
