/** Every .cu file compiles for the GPUs we name, where nvcc is installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const ARCHS = ['sm_80', 'sm_90'];
const native = fileURLToPath(new URL('../../../native', import.meta.url));
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin'];
const nvcc = folders.map((folder) => join(folder, 'nvcc')).find((path) => existsSync(path));
if (nvcc === undefined) {
  console.warn('SKIPPED: nvcc is not installed, so no .cu file was compiled for a GPU');
}

const kernels = join(native, 'kernels');
const sources = readdirSync(kernels, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.cu'))
  .sort();
const out = mkdtempSync(join(tmpdir(), 'rationale-nvcc-'));
afterAll(() => rmSync(out, { recursive: true }));

test('there are kernels to compile', () => {
  expect(sources.length).toBeGreaterThanOrEqual(10);
});

describe.skipIf(nvcc === undefined)('nvcc', () => {
  test.each(sources.flatMap((source) => ARCHS.map((arch) => [source, arch] as const)))(
    '%s for %s',
    (source, arch) => {
      const image = join(out, `${basename(source, '.cu')}-${arch}.cubin`);
      const options = ['-cubin', `-arch=${arch}`, '-std=c++17', '-Werror=all-warnings'];
      const run = spawnSync(
        nvcc ?? '',
        [...options, '-I', native, '-o', image, join(kernels, source)],
        { encoding: 'utf8' },
      );
      expect(run.stderr).toBe('');
      expect(run.status).toBe(0);
      expect(statSync(image).size).toBeGreaterThan(1000);
    },
    120_000,
  );
});
