/**
 * The desktop app on the Electron double, in a process of its own. Comes in: a workspace, if there is
 * one already. Goes out: ways to look at it and to do what a person does.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildParts } from './app-server.ts';

const START = fileURLToPath(new URL('./electron-double-start.ts', import.meta.url));

export interface Desktop {
  readonly workspace: string;
  readonly config: string;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  /** A command of electron-double-start.ts. */
  readonly ask: <T = unknown>(name: string, argument?: string) => Promise<T>;
  /** An expression for the page. */
  readonly evaluate: <T = unknown>(script: string) => Promise<T>;
  /** Ends it where it has not ended, and removes what the test made. */
  readonly dispose: () => Promise<void>;
}

export interface DesktopOptions {
  readonly workspace?: string;
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startDesktop(options: DesktopOptions = {}): Promise<Desktop> {
  await buildParts(['main', 'preload', 'renderer']);
  const scratch = mkdtempSync(join(tmpdir(), 'rationale-desktop-'));
  const workspace = options.workspace ?? join(scratch, 'workspace');
  const config = options.config ?? join(scratch, 'config');
  const child = fork(START, [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      RATIONALE_CONFIG: config,
      RATIONALE_WORKSPACE: workspace,
      ...options.env,
    },
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const ask = asker(child);
  return {
    workspace,
    config,
    output: () => output,
    ended,
    ask,
    evaluate: <T>(script: string) => ask<T>('evaluate', script),
    dispose: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

function asker(child: ChildProcess): Desktop['ask'] {
  let last = 0;
  const waiting = new Map<
    number,
    { resolve: (value: never) => void; reject: (error: Error) => void }
  >();
  child.on('message', (message: { id: number; value?: never; error?: string }) => {
    const request = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error !== undefined) request?.reject(new Error(message.error));
    else request?.resolve(message.value as never);
  });
  child.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the app has ended'));
  });
  return (name, argument = '') =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { resolve, reject });
      if (child.connected) child.send({ id: last, name, argument });
      else reject(new Error('the app has ended'));
    });
}
