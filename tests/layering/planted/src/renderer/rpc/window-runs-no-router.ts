import { router } from '../../main/rpc/router.ts';

export const run = router;
