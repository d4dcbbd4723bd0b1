/**
 * The app as a person at a terminal starts it: a browser host in a process of its own, with a workspace
 * and a configuration folder that last as long as the test. Comes in: what differs from that. Goes out:
 * its address, its one-time link, and two ways to end it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 30_000;

export interface AppServerOptions {
  /** A workspace that is there already; it is not deleted at the end. */
  readonly workspace?: string;
  /** Further arguments of `serve`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The bundle of `npm run build` in place of the sources. */
  readonly isBundle?: boolean;
  /** False where no page is opened: the window is not built then. */
  readonly needsWindow?: boolean;
}

export interface AppServer {
  readonly url: string;
  /** Works once. */
  readonly link: string;
  /** The newest link the terminal shows. */
  readonly newestLink: () => string;
  readonly workspace: string;
  readonly config: string;
  readonly child: ChildProcess;
  /** Everything it has printed, stdout and stderr. */
  readonly output: () => string;
  /** SIGTERM, as a person would: resolves with the exit code. Then removes what the test made. */
  readonly stop: () => Promise<number | null>;
  /** SIGKILL, as a crash would. What the test made stays until {@link stop}. */
  readonly kill: () => Promise<void>;
}

const built = new Map<string, Promise<void>>();

/** Builds the window, main or preload where the sources are newer; once per test process. */
export async function buildParts(parts: readonly string[]): Promise<void> {
  const name = parts.join();
  const build = built.get(name) ?? runBuild(parts);
  built.set(name, build);
  await build;
}

/** Somebody may be in the middle of an edit: tried again before it counts as broken. */
async function runBuild(parts: readonly string[]): Promise<void> {
  const script = join(ROOT, 'scripts/build-app.mjs');
  for (let attempt = 1; ; attempt += 1) {
    const { code, output } = await finished(spawn(process.execPath, [script, ...parts]));
    if (code === 0) return;
    if (attempt === 3) throw new Error(output);
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }
}

export async function startAppServer(options: AppServerOptions = {}): Promise<AppServer> {
  if (options.needsWindow !== false) await buildParts(['renderer']);
  if (options.isBundle === true) await buildParts(['main']);
  const scratch = mkdtempSync(join(tmpdir(), 'rationale-app-'));
  const workspace = options.workspace ?? join(scratch, 'workspace');
  const config = join(scratch, 'config');
  const entry = join(
    ROOT,
    options.isBundle === true ? 'out/main/main/serve.js' : 'src/main/serve.ts',
  );
  const child = spawn(
    process.execPath,
    [entry, '--port', '0', '--workspace', workspace, ...(options.args ?? [])],
    { cwd: ROOT, env: { ...process.env, RATIONALE_CONFIG: config, ...options.env } },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const newestLink = (): string => output.match(/http:\S+\/open\?token=\S+/g)?.at(-1) ?? '';

  await waitFor(() => newestLink() !== '' || child.exitCode !== null, START_MS);
  if (newestLink() === '') {
    child.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
    throw new Error(`the app did not start:\n${output}`);
  }
  const link = newestLink();
  return {
    url: new URL(link).origin,
    link,
    newestLink,
    workspace,
    config,
    child,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      const code = await ended;
      if (existsSync(scratch)) rmSync(scratch, { recursive: true, force: true });
      return code;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Polls a condition. @throws Error after `ms` */
export async function waitFor(condition: () => boolean, ms = 10_000): Promise<void> {
  const last = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > last) throw new Error(`waited ${ms} ms in vain`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function finished(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}
