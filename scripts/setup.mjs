/**
 * Set-up on a fresh clone, plain JavaScript for Node 20. Comes in: a working tree. Goes out: pinned
 * packages in node_modules, a working Node 24, the native addon built. Everything that is already
 * there is left alone, so a second run takes well under a second. A missing tool ends in one line
 * that names the package to install.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findNode24, root } from './node24.mjs';

const MINIMUM_NODE = [20, 19];
const MINIMUM_GCC = 11;
const MINIMUM_CLANG = 14;
const MINIMUM_CMAKE = [3, 18];

/** Thrown for anything the reader of the terminal must do himself; printed as one line. */
class SetupError extends Error {}

function say(line) {
  process.stderr.write(`set-up: ${line}\n`);
}

/** First line of `command --version`, or null where the command does not run. */
function versionLine(command, args = ['--version']) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? result.stdout.split('\n')[0] : null;
}

function isAtLeast(have, need) {
  return have[0] > need[0] || (have[0] === need[0] && (have[1] ?? 0) >= (need[1] ?? 0));
}

function checkNode() {
  const have = process.versions.node.split('.').map(Number);
  if (have[0] === 21 || !isAtLeast(have, MINIMUM_NODE)) {
    throw new SetupError(
      `Node 20.19+ or 22+ is needed, this is ${process.versions.node}: install it from https://nodejs.org or with your version manager`,
    );
  }
}

function checkCompilers() {
  const cmake = versionLine('cmake');
  if (cmake === null) {
    throw new SetupError(
      'CMake is missing: sudo apt install cmake (Debian, Ubuntu) or brew install cmake (macOS)',
    );
  }
  const cmakeVersion = (/(\d+)\.(\d+)/.exec(cmake) ?? []).slice(1).map(Number);
  if (!isAtLeast(cmakeVersion, MINIMUM_CMAKE)) {
    throw new SetupError(
      `CMake ${MINIMUM_CMAKE.join('.')}+ is needed, this is ${cmakeVersion.join('.')}: sudo apt install cmake or brew install cmake`,
    );
  }
  // What CMake drives; its own message for a missing one does not name a package.
  if (versionLine('make') === null && versionLine('ninja') === null) {
    throw new SetupError(
      'make is missing: sudo apt install make (Debian, Ubuntu) or xcode-select --install (macOS)',
    );
  }
  const compiler = process.env.CXX ?? 'g++';
  const banner = versionLine(compiler);
  if (banner === null) {
    throw new SetupError(
      `the C++ compiler '${compiler}' is missing: sudo apt install g++ (Debian, Ubuntu) or xcode-select --install (macOS)`,
    );
  }
  const minimum = banner.includes('clang') ? MINIMUM_CLANG : MINIMUM_GCC;
  const major = Number(
    (versionLine(compiler, ['-dumpfullversion', '-dumpversion']) ?? '0').split('.')[0],
  );
  if (major < minimum) {
    throw new SetupError(
      `${compiler} ${minimum}+ is needed for C++20, this is ${major}: sudo apt install g++-12 and set CXX=g++-12`,
    );
  }
}

function readLock(path) {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return null;
  }
}

/** True when every required package of the lock file is installed in its locked version. */
export function isInstalled() {
  const wanted = readLock(join(root, 'package-lock.json'));
  // npm writes this one last, so an interrupted installation does not have it.
  const present = readLock(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === null || present === null) return false;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || entry.optional === true || present[path]?.version === entry.version,
  );
}

function installPackages() {
  if (isInstalled() && findNode24() !== null) return;
  if (versionLine('npm') === null) {
    throw new SetupError('npm is missing: it comes with Node, https://nodejs.org');
  }
  say('installing the pinned packages (npm ci)');
  const result = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) {
    throw new SetupError('npm ci failed: read its message above (it needs the npm registry once)');
  }
}

/** Checks that Node 24 runs, and gives it the name `node` for npm scripts where npm did not. */
function prepareNode24() {
  const node24 = findNode24();
  if (node24 === null) {
    throw new SetupError(
      `no Node 24 package exists for ${process.platform}-${process.arch}: install Node 24 from https://nodejs.org and run this again`,
    );
  }
  if (versionLine(node24) === null) {
    throw new SetupError(
      `${relative(root, node24)} does not run: delete node_modules and run this again`,
    );
  }
  const link = join(root, 'node_modules', '.bin', 'node');
  if (node24 !== process.execPath && !existsSync(link)) symlinkSync(node24, link);
  return node24;
}

function buildNative(node24) {
  const script = join(root, 'scripts', 'build-native.mjs');
  if (!existsSync(script)) return;
  const result = spawnSync(node24, [script], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    throw new SetupError('the native build failed: read the compiler message above');
  }
}

/** Goes with node_modules: a new installation is checked anew. */
const STAMP = join(root, 'node_modules', '.cache', 'rationale-set-up');

/** Everything that set-up depends on: names, sizes and times, nothing is read. */
function fingerprint() {
  const hash = createHash('sha256').update(`${process.version} ${process.arch}\0`);
  const add = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) {
      const names = readdirSync(path).filter((name) => name !== 'build');
      for (const name of names.sort()) add(join(path, name));
    } else {
      hash.update(`${path}\0${stat?.size}\0${stat?.mtimeMs}\n`);
    }
  };
  for (const name of [
    'package-lock.json',
    'node_modules/.package-lock.json',
    'native',
    'native/build/rationale_native.node',
    'scripts/build-native.mjs',
    'scripts/setup.mjs',
  ]) {
    add(join(root, name));
  }
  return hash.digest('hex');
}

/** @returns {string | null} Node 24 where nothing has changed since the last set-up that worked */
function alreadySetUp() {
  try {
    if (readFileSync(STAMP, 'utf8') !== fingerprint()) return null;
  } catch {
    return null;
  }
  return findNode24();
}

/** Does all of it. @returns {string} the path of Node 24 */
export function setUp() {
  checkNode();
  const ready = alreadySetUp();
  if (ready !== null) return ready;
  checkCompilers();
  installPackages();
  const node24 = prepareNode24();
  buildNative(node24);
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, fingerprint());
  return node24;
}

/** Runs {@link setUp}; a SetupError becomes its one line and exit code 1. */
export function setUpOrExit() {
  try {
    return setUp();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    return process.exit(1);
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const node24 = setUpOrExit();
  say(
    `ready (Node ${execFileSync(node24, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()})`,
  );
}
