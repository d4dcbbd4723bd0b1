/**
 * The default suite: no GPU, no window. `npm test` sets RATIONALE_ALL_TESTS and adds the slow
 * end-to-end tests; two workers because the project is developed and judged on two cores.
 */
import { configDefaults, defineConfig } from 'vitest/config';

const isAll = process.env['RATIONALE_ALL_TESTS'] === '1';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(isAll ? [] : ['tests/e2e/**'])],
    testTimeout: 60_000,
    // The first hook of a test of the window may build it.
    hookTimeout: 180_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
