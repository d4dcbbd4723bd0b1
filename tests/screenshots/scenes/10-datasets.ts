/** Datasets: grid, table, one row, what the model sees, preflight, SQL, import, generate. */
import { bundledDataset, checked, foreignFile } from '../data.ts';
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
    setUp: async (rpc) => checked(rpc, await bundledDataset(rpc)),
  },
  {
    name: 'sql',
    path: async (rpc) => `/datasets/${await bundledDataset(rpc)}/sql`,
    prepare: async (page) => {
      await page.locator('.cm-content').waitFor();
      await page.getByRole('button', { name: /^Run/ }).click();
      await page.getByText('follow', { exact: true }).waitFor();
    },
  },
  {
    name: 'import',
    path: async () => `/datasets/import?path=${encodeURIComponent(await foreignFile())}`,
    prepare: (page) => page.getByText('Which colour').first().waitFor(),
  },
  { name: 'generate', path: '/datasets/generate' },
];
