/** Runs: a new one, the list, one with its curves, its rollouts. */
import { onlineRun, supervisedRun } from '../data.ts';
import type { Scene } from '../scene.ts';

export const scenes: readonly Scene[] = [
  { name: 'new-run', path: '/runs/new' },
  {
    name: 'runs',
    path: '/runs',
    setUp: async (rpc) => {
      await supervisedRun(rpc);
      await onlineRun(rpc);
    },
  },
  { name: 'run', path: async (rpc) => `/runs/${await onlineRun(rpc)}` },
  { name: 'rollouts', path: async (rpc) => `/rollouts/${await onlineRun(rpc)}` },
];
