/**
 * The .cu kernels, compiled as C++ and run block by block on the CPU: each against naive loops, in three
 * orders of threads; and the way to a GPU (compilers, cache, modules, launches) with a stand-in for libcuda.
 */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { BUILD_MS, buildTarget } from './build.ts';

test(
  'kernels agree with naive loops',
  () => {
    const program = buildTarget('cuda_emulation_tests', 'cuda_emulation_tests');
    const run = spawnSync(program, { encoding: 'utf8' });
    for (const line of run.stdout.split('\n')) if (line.startsWith('SKIP')) console.warn(line);
    expect(run.stdout + run.stderr).toMatch(/[1-9]\d* tests, 0 failures/);
    expect(run.status).toBe(0);
  },
  BUILD_MS,
);
