import type { AppRouter } from '../../main/rpc/router.ts';

export type Named = AppRouter;
