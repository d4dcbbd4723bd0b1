/**
 * `npm start`: sets up what is missing, builds what has changed, then opens the app: as a window where
 * Electron and a display are there, else for a browser, and one line says why. `--browser` (`npm run
 * serve`) goes to the browser straight away. Comes in: the arguments of serve.ts. Goes out: the exit
 * code of the app. RATIONALE_TIMINGS=1 prints what each phase took.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { buildApp } from './build-app.mjs';
import { become, root } from './node24.mjs';
import { setUpOrExit } from './setup.mjs';

/** An Electron that ends so early, by itself, never showed a window. */
const STILLBORN_MS = 5000;

let last = performance.now();
function phase(name) {
  const now = performance.now();
  if (process.env.RATIONALE_TIMINGS === '1') {
    process.stderr.write(`start: ${name} ${Math.round(now - last)} ms\n`);
  }
  last = now;
}

/** The binary, or null. */
function electronBinary() {
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(root, 'node_modules/electron/dist');
  const name = {
    darwin: 'Electron.app/Contents/MacOS/Electron',
    win32: 'electron.exe',
  }[process.platform];
  const path = join(dist, name ?? 'electron');
  return existsSync(path) ? path : null;
}

/** What the download of Electron may take; where it fails, it is tried again a day later. */
const DOWNLOAD_MS = 10 * 60_000;
const RETRY_MS = 24 * 3600_000;
const FAILED = join(root, 'out', '.electron-failed');

/**
 * Fetches the binary with the package's own installer, as the rest of the set-up is done: once, and
 * only where there is a display to show a window on.
 */
function fetchElectron(node24) {
  const failedAt = statSync(FAILED, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - failedAt < RETRY_MS) return;
  process.stderr.write('fetching Electron (about 120 MB, once)\n');
  const installer = join(root, 'node_modules/electron/install.js');
  const { status } = spawnSync(node24, [installer], { stdio: 'ignore', timeout: DOWNLOAD_MS });
  if (status === 0) rmSync(FAILED, { force: true });
  else writeFileSync(FAILED, '');
}

/** Why there can be no window, or null. */
function obstacle(node24) {
  const isX = process.platform !== 'darwin' && process.platform !== 'win32';
  if (isX && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
    return 'no display (neither DISPLAY nor WAYLAND_DISPLAY is set)';
  }
  if (electronBinary() !== null) return null;
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (named !== undefined) return `no Electron binary in ${named}`;
  fetchElectron(node24);
  if (electronBinary() !== null) return null;
  return 'no Electron binary (node node_modules/electron/install.js says why)';
}

function serve(node24, args) {
  become(node24, [join(root, 'out/main/main/serve.js'), ...args], { cwd: process.cwd() });
}

/** @param {string[]} args of the browser host, for the case that the window does not come up */
function openWindow(node24, args) {
  const started = performance.now();
  const workspace = args[args.indexOf('--workspace') + 1];
  const child = spawn(electronBinary(), [join(root, 'out/main/main/index.js')], {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(args.includes('--workspace') ? { RATIONALE_WORKSPACE: workspace } : {}),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    const isStillborn = performance.now() - started < STILLBORN_MS && signal !== null;
    if (isStillborn && signal !== 'SIGINT' && signal !== 'SIGTERM') {
      process.stderr.write(`Electron ended by ${signal}: serving the app to a browser\n`);
      for (const name of ['SIGINT', 'SIGTERM']) process.removeAllListeners(name);
      serve(node24, args);
      return;
    }
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

const given = process.argv.slice(2);
const args = given.filter((arg) => arg !== '--browser');
const node24 = setUpOrExit();
phase('set-up');
try {
  const say = () => process.stderr.write('building the app (a few seconds, once)\n');
  if (buildApp(node24, undefined, say)) phase('build');
  else phase('nothing to build');
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const reason =
  given.includes('--browser') || args.includes('--help') ? undefined : obstacle(node24);
if (reason === null) {
  openWindow(node24, args);
} else {
  if (reason !== undefined) process.stderr.write(`${reason}: serving the app to a browser\n`);
  serve(node24, args);
}
