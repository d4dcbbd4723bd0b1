/**
 * The built desktop app on the double of Electron: a real page behind the window, the real preload
 * script, the real procedures over IPC. What only Electron itself can do is in electron.test.ts.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser } from '../support/browser.ts';
import { hasStarter } from '../support/cli.ts';
import { type Desktop, startDesktop } from '../support/desktop.ts';
import { until } from '../support/until.ts';

/** A procedure call as the window's client makes it, over a socket of its own. */
const CALL = (
  path: string,
  method = 'query',
  input?: unknown,
): string => `new Promise((resolve, reject) => {
  const bridge = window.rationale;
  let id = '';
  const stop = bridge.onMessage((message) => {
    if (message.id !== id) return;
    if (message.kind === 'open') {
      bridge.send(id, ${JSON.stringify(JSON.stringify({ id: 1, method, params: { path, input } }))});
    } else if (message.kind === 'message') {
      stop();
      bridge.close(id);
      resolve(JSON.parse(message.text));
    } else reject(new Error('closed'));
  });
  id = bridge.open();
})`;

interface WindowFacts {
  readonly url: string;
  readonly visible: boolean;
  readonly maximized: boolean;
  readonly bounds: { x: number; y: number; width: number; height: number };
  readonly options: { webPreferences: Record<string, unknown> };
}

describe.skipIf(!hasBrowser())('the desktop app', () => {
  let desktop: Desktop;
  beforeAll(async () => {
    desktop = await startDesktop();
    await until(async () => (await desktop.ask<WindowFacts | null>('window'))?.visible === true);
  }, 120_000);
  afterAll(async () => {
    await desktop.dispose();
  });

  it('opens a sandboxed window on its own protocol', async () => {
    const { url, options } = await desktop.ask<WindowFacts>('window');
    expect(url).toMatch(/^app:\/\/rationale\//);
    expect(options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
    });
    const record = await desktop.ask<Record<string, unknown>>('record');
    expect(record['isSandboxEnabled']).toBe(true);
    expect(record['privileges']).toMatchObject([{ scheme: 'app', privileges: { standard: true } }]);
    expect(record['menu']).toContain('Quit Rationale');
  });

  it('shows the same window as a browser gets, with nothing of Node in it', async () => {
    await until(async () => (await desktop.evaluate<string>('document.body.innerText')) !== '');
    expect(await desktop.evaluate('Object.keys(window.rationale).sort().join()')).toBe(
      'close,host,onMessage,open,pick,send',
    );
    const node = 'typeof require + typeof process + typeof Buffer';
    expect(await desktop.evaluate(node)).toBe('undefined'.repeat(3));
    const { pageErrors, blockedRequests } = await desktop.ask<Record<string, string[]>>('record');
    expect(pageErrors).toEqual([]);
    expect(blockedRequests).toEqual([]);
  });

  it('calls procedures over IPC', async () => {
    const answer = await desktop.evaluate<{ result: { data: { host: string } } }>(
      CALL('system.info'),
    );
    expect(answer.result.data.host).toBe('electron');
    const wrong = await desktop.evaluate<{ error: { data: unknown } }>(CALL('system.nothing'));
    expect(wrong.error.data).toMatchObject({ lab: { code: 'rpc/invalid-input' } });
  });

  it('keeps its procedures over a reload', async () => {
    await desktop.ask('reload');
    await until(async () => (await desktop.evaluate<string>('document.body.innerText')) !== '');
    const answer = await desktop.evaluate<{ result: unknown }>(CALL('system.info'));
    expect(answer.result).toBeDefined();
  });

  it('hears no frame but its own', async () => {
    await desktop.evaluate(
      'new Promise((done) => { const frame = document.createElement("iframe"); frame.src = "about:blank"; frame.onload = done; document.body.append(frame); }).then(() => 0)',
    );
    expect(await desktop.ask('evaluateInFrame', 'typeof window.rationale')).toBe('undefined');
    const heard = `window.__heard = []; window.rationale.onMessage((m) => window.__heard.push(m.id)); 0`;
    await desktop.evaluate(heard);
    const attempt =
      'window.__electronSend("rationale:to-main", { id: "evil", kind: "open", text: "" }).then(() => 0)';
    await desktop.ask('evaluateInFrame', attempt);
    const picked = await desktop.ask(
      'evaluateInFrame',
      'window.__electronInvoke("rationale:pick", { title: "x", kind: "file" })',
    );
    expect(picked).toEqual([]);
    // The main frame is heard, so that an answer to the other one would have come before this one.
    await desktop.evaluate(CALL('system.info'));
    expect(await desktop.evaluate<string[]>('window.__heard')).not.toContain('evil');
    const { dialogs } = await desktop.ask<Record<string, unknown[]>>('record');
    expect(dialogs).toEqual([]);
  });

  it('gives the paths of the native dialog, and none for a question it does not know', async () => {
    await desktop.ask('pick', JSON.stringify({ canceled: false, filePaths: ['/data/a.jsonl'] }));
    const ask = (options: unknown) =>
      desktop.evaluate(`window.rationale.pick(${JSON.stringify(options)})`);
    expect(await ask({ title: 'Data', kind: 'file', extensions: ['jsonl'] })).toEqual([
      '/data/a.jsonl',
    ]);
    expect(await ask({ title: 'Data', kind: 'shell' })).toEqual([]);
  });

  it('opens nothing inside: links to the web go out, everything else nowhere', async () => {
    const open = (url: string) => desktop.evaluate(`window.open(${JSON.stringify(url)}), 0`);
    await open('https://example.org/paper');
    await open('file:///etc/passwd');
    await open('https://user:secret@example.org/');
    const before = await desktop.ask<WindowFacts>('window');
    await desktop.evaluate('void (location.href = "https://example.org/"), 0');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await desktop.ask<WindowFacts>('window')).url).toBe(before.url);
    const record = await desktop.ask<{ external: string[]; popups: number }>('record');
    expect(record.external).toEqual(['https://example.org/paper']);
    expect(record.popups).toBe(0);
  });

  it('reaches files through the protocol only, and nothing outside the window', async () => {
    const fetched = (path: string) =>
      desktop.evaluate<number>(`fetch(${JSON.stringify(path)}).then((r) => r.status)`);
    expect(await fetched('/media/none')).toBe(404);
    expect(await fetched('/%2e%2e%2fpackage.json')).toBe(404);
    const outside = 'fetch("https://example.org/").then(() => "let out", () => "refused")';
    expect(await desktop.evaluate(outside)).toBe('refused');
  });

  it('saves where it was, ends with its window where no run goes, and opens there again', async () => {
    const bounds = { x: 300, y: 200, width: 1200, height: 700 };
    await desktop.ask('resize', JSON.stringify(bounds));
    await desktop.ask('close');
    expect(await desktop.ended).toBe(0);
    const path = join(desktop.config, 'window.json');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ bounds, isMaximized: false });

    // A display that is gone: the next start opens where it can be seen.
    const again = await startDesktop({ workspace: desktop.workspace, config: desktop.config });
    try {
      await until(async () => (await again.ask<WindowFacts | null>('window'))?.visible === true);
      expect((await again.ask<WindowFacts>('window')).bounds).toEqual(bounds);
      await again.ask('secondStart');
      await again.ask('quit').catch(() => {});
      expect(await again.ended).toBe(0);
    } finally {
      await again.dispose();
    }
  });

  it.skipIf(!hasStarter())(
    'tells of a run that ended, stays in the tray while one goes, and saves the run when it ends',
    async () => {
      const tray = await startDesktop();
      try {
        await until(async () => (await tray.ask<WindowFacts | null>('window'))?.visible === true);
        const plan = { kind: 'train', recipe: 'starter-sft', steps: 100_000, threads: 1 };
        const entries = [{ name: 'long', plan }];
        await tray.evaluate(CALL('runs.enqueue', 'mutation', { entries }));
        await tray.evaluate(CALL('runs.startQueue', 'mutation'));
        let run = '';
        await until(async () => {
          const { result } = await tray.evaluate<{
            result: { data: { id: string; name: string; status: string; step: number }[] };
          }>(CALL('runs.list', 'query', {}));
          run =
            result.data.find(
              (row) => row.name === 'long' && row.status === 'running' && row.step > 1,
            )?.id ?? '';
          return run !== '';
        }, 60_000);

        await tray.ask('close');
        expect(await tray.ask('window')).toBeNull();
        const { tray: tooltip } = await tray.ask<{ tray: string | null }>('record');
        expect(tooltip).toContain('a run is going');

        await tray.ask('tray', 'Open Rationale');
        await until(async () => (await tray.ask<WindowFacts | null>('window'))?.visible === true);
        expect((await tray.ask<{ tray: string | null }>('record')).tray).toBeNull();
        const again = await tray.evaluate<{ result: unknown }>(CALL('runs.get', 'query', { run }));
        expect(JSON.stringify(again)).toContain('"running"');

        await tray.ask('close');
        await tray.ask('tray', 'Save the run and quit').catch(() => {});
        expect(await tray.ended).toBe(0);
        const checkpoints = readdirSync(join(tray.workspace, 'runs', run, 'checkpoints'));
        expect(checkpoints.length).toBeGreaterThan(0);
      } finally {
        await tray.dispose();
      }
    },
    120_000,
  );

  it('leaves a second instance at once', async () => {
    const second = await startDesktop({ env: { DOUBLE_IS_SECOND: '1' } });
    try {
      expect(await second.ended).toBe(0);
    } finally {
      await second.dispose();
    }
  });

  it('says why a workspace cannot be opened', async () => {
    const file = join(desktop.config, 'a-file');
    writeFileSync(file, '');
    const third = await startDesktop({ workspace: file });
    try {
      expect(await third.ended).toBe(1);
    } finally {
      await third.dispose();
    }
  });
});
