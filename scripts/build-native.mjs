// Configures and builds the native addon with CMake: native/build/rationale_native.node, Release.
// Does nothing (in milliseconds) when the addon is newer than every source. Plain JavaScript, so that
// it runs on any Node from 20 on. In: nothing, --force, --test [name] (builds and runs the C++ tests
// as well), or --target name (builds that CMake target only). Out: the addon, or one line saying why not.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'native');
const build = join(source, 'build');
const addon = join(build, 'rationale_native.node');
const lock = join(build, '.lock');
const LOCK_STALE_MS = 10 * 60_000;

/** Newest modification time, in ms, of the native sources, of this script and of the pinned headers. */
function newestSource(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (path !== build) newest = Math.max(newest, newestSource(path));
    } else if (/\.(cc|h|cu|cuh|cmake|txt)$/.test(entry.name)) {
      newest = Math.max(newest, statSync(path).mtimeMs);
    }
  }
  return newest;
}

function fail(message) {
  console.error(`build-native: ${message}`);
  process.exit(1);
}

/** @param pkg the Debian package that ships `tool` */
function requireTool(tool, pkg) {
  const found = spawnSync(tool, ['--version'], { stdio: 'ignore' });
  if (found.error !== undefined || found.status !== 0) {
    fail(`${tool} is missing; install it with: sudo apt-get install ${pkg}`);
  }
}

/** The folder of an installed package. */
function packageFolder(name) {
  try {
    return dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`));
  } catch {
    return fail(`the npm package ${name} is missing; run: npm ci`);
  }
}

function run(args) {
  const result = spawnSync('cmake', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (result.status === 0) return;
  console.error(result.stderr.split('\n').slice(-80).join('\n'));
  fail(`cmake ${args[0]} failed (exit ${result.status})`);
}

function isUpToDate() {
  if (!existsSync(addon)) return false;
  const newest = Math.max(
    newestSource(source),
    statSync(fileURLToPath(import.meta.url)).mtimeMs,
    statSync(join(root, 'package.json')).mtimeMs,
  );
  return statSync(addon).mtimeMs >= newest;
}

/** One build at a time: two of them in one folder would trip over each other's files. */
function takeLock() {
  mkdirSync(build, { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      process.on('exit', () => rmSync(lock, { recursive: true, force: true }));
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const held = statSync(lock, { throwIfNoEntry: false });
    if (held !== undefined && Date.now() - held.mtimeMs > LOCK_STALE_MS) {
      rmSync(lock, { recursive: true, force: true });
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

/** The library the C++ tests open; they skip what needs it when it is not there. */
function onnxRuntimeLibrary() {
  const folder = join(
    packageFolder('onnxruntime-node'),
    'bin',
    'napi-v6',
    process.platform,
    process.arch,
  );
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const name = names.find((entry) => /^libonnxruntime\.(so\.1|1\.dylib)$/.test(entry));
  return name === undefined ? undefined : join(folder, name);
}

function runTests(filter) {
  run(['--build', build, '--parallel', jobs, '--target', 'rationale_native_tests']);
  const library = process.env.RATIONALE_ONNXRUNTIME ?? onnxRuntimeLibrary();
  const result = spawnSync(join(build, 'rationale_native_tests'), filter, {
    stdio: 'inherit',
    env: { ...process.env, ...(library === undefined ? {} : { RATIONALE_ONNXRUNTIME: library }) },
  });
  process.exitCode = result.status ?? 1;
}

const force = process.argv.includes('--force');
const testAt = process.argv.indexOf('--test');
const targetAt = process.argv.indexOf('--target');
const jobs = process.env.RATIONALE_BUILD_JOBS ?? '2';
if (targetAt < 0 && !force && testAt < 0 && isUpToDate()) process.exit(0);
requireTool('cmake', 'cmake');
requireTool(process.env.CXX ?? 'g++', 'g++');
const includes = [
  join(packageFolder('node-api-headers'), 'include'),
  packageFolder('node-addon-api'),
].join(';');

takeLock();
if (targetAt < 0 && !force && testAt < 0 && isUpToDate()) process.exit(0);
const started = Date.now();
// The first time takes minutes, in which nothing else is said.
if (!existsSync(addon)) console.log('building the native addon (a minute or two, once)');
run(['-S', source, '-B', build, '-DCMAKE_BUILD_TYPE=Release', `-DNODE_API_INCLUDE=${includes}`]);
if (targetAt >= 0) {
  run(['--build', build, '--parallel', jobs, '--target', process.argv[targetAt + 1] ?? 'help']);
  process.exit(0);
}
run(['--build', build, '--parallel', jobs]);
// Put in place in one step, with a new time stamp: a process never sees half an addon, and one that
// did not have to be relinked still counts as built.
copyFileSync(join(build, 'out', 'rationale_native.node'), `${addon}.new`);
renameSync(`${addon}.new`, addon);
console.log(`built ${addon} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
if (testAt >= 0) runTests(process.argv.slice(testAt + 1));
