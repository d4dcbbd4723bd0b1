/** The roll-call of rooms a window can call. The window names this type and nothing else of main. */
import { router } from './trpc.ts';

export const appRouter = router({});
export type AppRouter = typeof appRouter;
