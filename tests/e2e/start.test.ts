/** `npm start` as a terminal meets it: which host it opens, what it says, how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildParts } from '../support/app-server.ts';
import { until } from '../support/until.ts';

const START = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

describe('npm start', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'rationale-start-'));
  beforeAll(() => buildParts(['main', 'preload', 'renderer']), 120_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  function start(args: readonly string[], env: Record<string, string> = {}): Started {
    const all = ['--workspace', join(scratch, 'workspace'), ...args];
    const child = spawn(process.execPath, [START, ...all], {
      env: {
        ...process.env,
        RATIONALE_CONFIG: join(scratch, 'config'),
        ELECTRON_OVERRIDE_DIST_PATH: join(scratch, 'none'),
        DISPLAY: '',
        WAYLAND_DISPLAY: '',
        ...env,
      },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { child, output: () => output, ended };
  }

  /** A binary in the place of Electron's. */
  function electron(script: string): string {
    const dist = mkdtempSync(join(scratch, 'electron-'));
    writeFileSync(join(dist, 'electron'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(dist, 'electron'), 0o755);
    return dist;
  }

  it('says in one line why there is no window, serves a browser, and ends by Ctrl-C', async () => {
    const app = start(['--port', '0'], { DISPLAY: ':99' });
    await until(() => app.output().includes('/open?token='), 30_000);
    expect(
      app.output().match(/^no Electron binary.*serving the app to a browser$/m),
    ).not.toBeNull();
    // A terminal sends it to the parent and to the child; the parent passes it on as well.
    app.child.kill('SIGINT');
    app.child.kill('SIGINT');
    expect(await app.ended).toBe(0);
  });

  it('says that there is no display', async () => {
    const dist = electron('exit 0');
    const app = start(['--port', '0'], { ELECTRON_OVERRIDE_DIST_PATH: dist });
    await until(() => app.output().includes('/open?token='), 30_000);
    expect(app.output()).toContain('no display');
    app.child.kill('SIGTERM');
    expect(await app.ended).toBe(0);
  });

  it.skipIf(process.platform !== 'linux')('opens the window where it can', async () => {
    const told = join(scratch, 'told');
    const dist = electron(`echo "$1 $RATIONALE_WORKSPACE" > ${told}; exit 7`);
    const app = start([], { ELECTRON_OVERRIDE_DIST_PATH: dist, DISPLAY: ':99' });
    expect(await app.ended).toBe(7);
    expect(readFileSync(told, 'utf8')).toContain('out/main/main/index.js');
    expect(readFileSync(told, 'utf8')).toContain(join(scratch, 'workspace'));
  });

  it.skipIf(process.platform !== 'linux')(
    'serves a browser where Electron dies at once',
    async () => {
      const env = { ELECTRON_OVERRIDE_DIST_PATH: electron('kill -TRAP $$'), DISPLAY: ':99' };
      const app = start(['--port', '0'], env);
      await until(() => app.output().includes('/open?token='), 30_000);
      expect(app.output()).toContain('Electron ended by SIGTRAP: serving the app to a browser');
      app.child.kill('SIGTERM');
      expect(await app.ended).toBe(0);
    },
  );

  it('takes the next free port, but not another one than it was told', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await until(() => taken.address() !== null);
    const { port } = taken.address() as { port: number }; // a server on a port has one
    const app = start(['--browser', '--port', String(port)]);
    expect(await app.ended).toBe(1);
    expect(app.output()).toContain('error[host/port-busy]');
    taken.close();
  });

  it('warns of --host, and still lets nobody in without the link', async () => {
    const app = start(['--browser', '--port', '0', '--host', '0.0.0.0']);
    await until(() => app.output().includes('/open?token='), 30_000);
    expect(app.output()).toContain('warning: --host 0.0.0.0');
    const { origin } = new URL(/http:\S+/.exec(app.output())?.[0] ?? '');
    expect((await fetch(origin)).status).toBe(403);
    app.child.kill('SIGTERM');
    expect(await app.ended).toBe(0);
  });

  it('tells what it does not understand', async () => {
    const app = start(['--browser', '--colour', 'blue']);
    expect(await app.ended).toBe(2);
    expect(app.output()).toContain('error[cli/usage]');
    expect(app.output()).toContain('--help');
  });
});
