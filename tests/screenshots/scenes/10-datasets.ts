/** Datasets: grid, table, one row, what the model sees, preflight, SQL, import, generate. */
import { bundledDataset } from '../data.ts';
import type { Scene } from '../scene.ts';

export const scenes: readonly Scene[] = [
  { name: 'datasets', path: async (rpc) => `/datasets/${await bundledDataset(rpc)}` },
  {
    name: 'datasets-table',
    path: async (rpc) => `/datasets/${await bundledDataset(rpc)}`,
    prepare: (page) => page.getByText('Table', { exact: true }).first().click(),
  },
  { name: 'row', path: async (rpc) => `/datasets/${await bundledDataset(rpc)}/rows/3` },
  {
    name: 'preflight',
    path: async (rpc) => `/datasets/${await bundledDataset(rpc)}/preflight`,
    setUp: async (rpc) => {
      await rpc.datasets.runPreflight.mutate({ dataset: await bundledDataset(rpc) });
    },
  },
  { name: 'sql', path: async (rpc) => `/datasets/${await bundledDataset(rpc)}/sql` },
  { name: 'import', path: '/datasets/import' },
  { name: 'generate', path: '/datasets/generate' },
];
