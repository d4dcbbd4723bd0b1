/** Builds one CMake target of native/ and says where its output is. Takes the build's own lock. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../../scripts/build-native.mjs', import.meta.url));

/** A cold build of the kernels takes minutes on two cores. */
export const BUILD_MS = 900_000;

/** @param output its path below native/build  @returns the absolute path of the output */
export function buildTarget(target: string, output: string): string {
  const run = spawnSync(process.execPath, [script, '--target', target], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`${target} does not build:\n${run.stdout}${run.stderr}`);
  return fileURLToPath(new URL(`../../../native/build/${output}`, import.meta.url));
}
