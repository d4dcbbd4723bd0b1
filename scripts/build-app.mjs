/**
 * Builds the app (main, preload, window) to out/ where the sources have changed since the last time.
 * Plain JavaScript for Node 20. Comes in: the path of Node 24. Goes out: whether it built. An unchanged
 * tree costs the time of listing it: names, sizes and modification times are hashed, nothing is read.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { findNode24, root } from './node24.mjs';

/** Where a part is built, below the root: the builder empties folders below the root only. */
const NEXT = 'out/.next';
const LOCK = join(root, 'out', '.building');
const LOCK_STALE_MS = 5 * 60_000;

/** What each part is made of, besides {@link COMMON}. */
const PARTS = {
  renderer: ['src/renderer'],
  preload: ['src/preload'],
  main: ['src/main', 'src/engine'],
};
const COMMON = ['src/shared', 'electron.vite.config.ts', 'tsconfig.json', 'package-lock.json'];

/** One line per file: the build of a part depends on nothing else. */
function fingerprint(part) {
  const hash = createHash('sha256');
  for (const input of [...PARTS[part], ...COMMON]) add(join(root, input), hash);
  return hash.digest('hex');
}

function add(path, hash) {
  const stat = statSync(path);
  if (stat.isDirectory()) {
    for (const name of readdirSync(path).sort()) add(join(path, name), hash);
  } else {
    hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
  }
}

/** What the last good build of a part was made of. */
function stamp(part) {
  try {
    return readFileSync(stampPath(part), 'utf8');
  } catch {
    return '';
  }
}

function stampPath(part) {
  return join(root, 'out', `.built-${part}`);
}

/** One build at a time: two would empty the folder under each other. */
function takeLock() {
  mkdirSync(join(root, 'out'), { recursive: true });
  for (;;) {
    try {
      mkdirSync(LOCK);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const held = statSync(LOCK, { throwIfNoEntry: false });
    if (held !== undefined && Date.now() - held.mtimeMs > LOCK_STALE_MS) {
      rmSync(LOCK, { recursive: true, force: true });
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
}

function build(part, node24) {
  const wanted = fingerprint(part);
  if (stamp(part) === wanted) return;
  const vite = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const result = spawnSync(node24, [vite, 'build', '--logLevel', 'warn'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production', RATIONALE_BUILD: part, RATIONALE_OUT: NEXT },
  });
  if (result.status !== 0) {
    throw new Error(`${part} does not build:\n${result.stdout}${result.stderr}`.trim());
  }
  if (part === 'renderer') pack(join(root, NEXT, part, 'assets'));
  putInPlace(part);
  writeFileSync(stampPath(part), wanted);
}

/** Text in a quarter of its size, for a window at the other end of an SSH tunnel. */
function pack(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (/\.(js|css)$/.test(name)) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  }
}

/** An app that runs never meets half a build. */
function putInPlace(part) {
  const place = join(root, 'out', part);
  const previous = join(root, NEXT, `${part}-previous`);
  rmSync(previous, { recursive: true, force: true });
  if (existsSync(place)) renameSync(place, previous);
  renameSync(join(root, NEXT, part), place);
  rmSync(previous, { recursive: true, force: true });
}

/**
 * @param {string} node24
 * @param {string[]} [parts] of main, preload, renderer; all of them by default
 * @param {() => void} [onStart] called where it will take a moment
 * @returns {boolean} true where something had to be built
 * @throws Error with the builder's output where it failed
 */
export function buildApp(node24, parts = Object.keys(PARTS), onStart = () => {}) {
  if (parts.every((part) => stamp(part) === fingerprint(part))) return false;
  onStart();
  takeLock();
  try {
    for (const part of parts) build(part, node24);
    return true;
  } finally {
    rmSync(LOCK, { recursive: true, force: true });
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const started = performance.now();
  const parts = process.argv.slice(2);
  try {
    const hasBuilt = buildApp(
      findNode24() ?? process.execPath,
      parts.length === 0 ? undefined : parts,
    );
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    process.stderr.write(hasBuilt ? `built the app in ${seconds} s\n` : 'the app is up to date\n');
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
