/**
 * The app in a real browser as a person meets it: a link from the terminal, a page that answers, a
 * reload, a link that is dead, a host that ends. Times are printed, never asserted.
 */

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { hasBrowser, launchBrowser, openApp } from '../support/browser.ts';
import { hasStarter } from '../support/cli.ts';
import { connectRpc } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

/** Milliseconds of `count` calls over one socket of the page's own, each answered before the next. */
function timeCalls(page: Page, path: string, count: number): Promise<number[]> {
  return page.evaluate(
    ({ path, count }) =>
      new Promise<number[]>((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/rpc`);
        const times: number[] = [];
        let started = 0;
        const call = (): void => {
          started = performance.now();
          socket.send(JSON.stringify({ id: times.length + 1, method: 'query', params: { path } }));
        };
        socket.onopen = call;
        socket.onerror = () => reject(new Error('refused'));
        socket.onmessage = ({ data }) => {
          if (!String(data).includes('"result"')) return reject(new Error(String(data)));
          times.push(performance.now() - started);
          if (times.length < count) return call();
          socket.close();
          resolve(times);
        };
      }),
    { path, count },
  );
}

/** Prints; a loaded machine is no failure. */
function report(name: string, unsorted: readonly number[]): void {
  const times = unsorted.toSorted((a, b) => a - b);
  expect(times).toHaveLength(300);
  const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  process.stdout.write(`RPC round trip (${name}): median ${at(0.5)} ms, p95 ${at(0.95)} ms\n`);
}

describe.skipIf(!hasBrowser())('the app in a browser', () => {
  let app: AppServer;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startAppServer({ isBundle: true }), launchBrowser()]);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await app.stop();
  });

  it('lets the person in by the link, once', async () => {
    const { page, errors } = await openApp(browser, app);
    await until(async () => (await page.locator('#root').textContent()) !== '');
    expect(new URL(page.url()).search).toBe('');
    expect(errors).toEqual([]);
    expect(await page.evaluate('document.cookie')).toBe('');

    await page.reload();
    await until(async () => (await page.locator('#root').textContent()) !== '');
    expect(errors).toEqual([]);

    const stranger = await (await browser.newContext()).newPage();
    const answer = await stranger.goto(app.link);
    expect(answer?.status()).toBe(403);
    expect(await stranger.locator('body').textContent()).toContain('newest link');
    await stranger.goto(app.url);
    expect(await stranger.locator('body').textContent()).toContain('host/no-session');
    await page.context().close();
    await stranger.context().close();
  });

  it('lets another browser in by the newest link, and makes links itself', async () => {
    const { page } = await openApp(browser, app);
    const made = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const socket = new WebSocket(`ws://${location.host}/rpc`);
          const call = { id: 1, method: 'mutation', params: { path: 'system.makeLink' } };
          socket.onopen = () => socket.send(JSON.stringify(call));
          socket.onmessage = ({ data }) => resolve(JSON.parse(String(data)).result.data.url);
        }),
    );
    const other = await (await browser.newContext()).newPage();
    expect((await other.goto(made))?.status()).toBe(200);
    await page.context().close();
    await other.context().close();
  });

  it('answers calls', async () => {
    const { page } = await openApp(browser, app);
    report('idle', await timeCalls(page, 'system.info', 300));
    await page.context().close();
  });

  it.skipIf(!hasStarter())(
    'answers calls while a run is training',
    async () => {
      const { rpc, close } = await connectRpc(app);
      const plan = { kind: 'train', recipe: 'starter-sft', steps: 100_000 } as const;
      await rpc.runs.enqueue.mutate({ entries: [{ name: 'long', plan }] });
      await rpc.runs.startQueue.mutate();
      const running = async () =>
        (await rpc.runs.list.query({})).find((run) => run.status === 'running' && run.step > 1);
      await until(async () => (await running()) !== undefined, 60_000);
      const { page } = await openApp(browser, app);
      report('training', await timeCalls(page, 'system.info', 300));
      report('training, list of runs', await timeCalls(page, 'runs.queue', 300));
      const run = await running();
      expect(run).toBeDefined();
      await rpc.runs.kill.mutate({ run: run?.id ?? '' });
      await page.context().close();
      await close();
    },
    120_000,
  );

  it('keeps a page of another site out, whatever it tries', async () => {
    const { page } = await openApp(browser, app);
    const evil = await page.context().newPage();
    await evil.route('http://evil.example/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<title>evil</title>' }),
    );
    await evil.goto('http://evil.example/');
    const attempts = await evil.evaluate(async (url) => {
      const read = await fetch(`${url}/`, { credentials: 'include' }).then(
        (answer) => answer.text(),
        () => 'refused',
      );
      const write = await fetch(`${url}/upload?name=a`, { method: 'POST', body: 'a' }).then(
        (answer) => answer.text(),
        () => 'refused',
      );
      const socket = await new Promise<string>((resolve) => {
        const opened = new WebSocket(`${url.replace('http', 'ws')}/rpc`);
        opened.onopen = () => resolve('let in');
        opened.onerror = () => resolve('refused');
      });
      const frame = await new Promise<string>((resolve) => {
        const element = document.createElement('iframe');
        element.src = url;
        element.onload = () => resolve(element.contentDocument === null ? 'refused' : 'read');
        document.body.append(element);
      });
      return { read, write, socket, frame };
    }, app.url);
    expect(attempts).toEqual({
      read: 'refused',
      write: 'refused',
      socket: 'refused',
      frame: 'refused',
    });
    await page.context().close();
  });

  it('takes a dropped picture and shows it again, as a picture and nothing else', async () => {
    const { page } = await openApp(browser, app);
    const shown = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(300, 200);
      canvas.getContext('2d')?.fillRect(10, 10, 50, 50);
      const blob = await canvas.convertToBlob({ type: 'image/png' });
      const upload = await fetch('/upload?name=drawn.png', { method: 'POST', body: blob });
      const { media } = await upload.json();
      const sizes: number[] = [];
      for (const query of ['', '?thumb=64']) {
        const image = new Image();
        image.src = `/media/${media.sha256}${query}`;
        await image.decode();
        sizes.push(image.naturalWidth);
      }
      const part = await fetch(`/media/${media.sha256}`, { headers: { Range: 'bytes=0-7' } });
      return {
        type: media.type,
        sizes,
        status: part.status,
        length: (await part.arrayBuffer()).byteLength,
        served: part.headers.get('content-type'),
        policy: part.headers.get('content-security-policy'),
      };
    });
    expect(shown).toMatchObject({
      type: 'image/png',
      sizes: [300, 64],
      status: 206,
      length: 8,
      served: 'image/png',
    });
    expect(shown.policy).toContain('sandbox');
    await page.context().close();
  });

  it('goes on in the same page after the app was killed and started anew', async () => {
    const first = await startAppServer();
    const { page } = await openApp(browser, first);
    await until(async () => (await page.locator('#root').textContent()) !== '');
    await first.kill();
    const alert = page.getByRole('alert');
    await alert.filter({ hasText: 'connection' }).waitFor();
    const again = await startAppServer({
      workspace: first.workspace,
      args: ['--port', new URL(first.url).port],
    });
    await alert.filter({ hasText: 'started anew' }).waitFor();
    const other = await page.context().newPage();
    await other.goto(again.newestLink());
    await until(async () => (await alert.filter({ hasText: 'started anew' }).count()) === 0);
    await page.context().close();
    expect(await again.stop()).toBe(0);
    await first.stop();
  });

  it('ends within a moment with windows open, and says nothing was lost', async () => {
    const second = await startAppServer();
    const { page } = await openApp(browser, second);
    await until(async () => (await page.locator('#root').textContent()) !== '');
    expect(await second.stop()).toBe(0);
    expect(second.output()).not.toContain('error[');
    await page.context().close();
  });
});
