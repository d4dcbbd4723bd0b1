/**
 * Where libonnxruntime is: in the installed `onnxruntime-node` package, or where the environment
 * variable RATIONALE_ONNXRUNTIME points. Nothing is copied or downloaded here.
 */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { LabError } from '../../shared/errors.ts';

/** File names by platform. Windows is left out: the addon opens libraries with dlopen. */
const LIBRARY_NAMES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
};

/** The folder of the installed `onnxruntime-node`. @throws LabError native/library-missing */
export function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  } catch (cause) {
    throw new LabError('native/library-missing', 'the package onnxruntime-node is not installed', {
      hint: 'run: npm ci',
      cause,
    });
  }
}

/**
 * Absolute path of libonnxruntime.
 * @throws LabError native/library-missing, native/unsupported on a platform without one
 */
export function findLibrary(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment['RATIONALE_ONNXRUNTIME'];
  if (own !== undefined && own !== '') {
    if (existsSync(own)) return resolve(own);
    throw new LabError(
      'native/library-missing',
      `RATIONALE_ONNXRUNTIME points to ${own}: no such file`,
    );
  }
  const name = LIBRARY_NAMES[platform()];
  if (name === undefined) {
    throw new LabError('native/unsupported', `the engine does not run on ${platform()}`, {
      hint: 'use Linux or macOS',
    });
  }
  const bin = join(packageFolder(), 'bin');
  const builds = existsSync(bin)
    ? readdirSync(bin).filter((entry) => entry.startsWith('napi-v'))
    : [];
  for (const build of builds.sort().reverse()) {
    const path = join(bin, build, platform(), arch(), name);
    if (existsSync(path)) return path;
  }
  throw new LabError(
    'native/library-missing',
    `onnxruntime-node has no ${name} for ${platform()}/${arch()} under ${bin}`,
    { hint: 'run: npm ci' },
  );
}
