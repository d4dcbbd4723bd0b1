/** The browser host against requests that no browser of the person sends: real server, raw sockets. */
import { readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { type RawApp, STARTED_MS, startRawApp } from '../support/raw-app.ts';
import { rawRequest } from '../support/raw-http.ts';
import { until } from '../support/until.ts';

let app: AppServer;
let host: string;
let cookie: string;
let request: RawApp['request'];
let expectRefusal: RawApp['expectRefusal'];

beforeAll(async () => {
  ({ app, host, cookie, request, expectRefusal } = await startRawApp());
}, STARTED_MS);
afterAll(async () => {
  expect(await app.stop()).toBe(0);
});

describe('the person', () => {
  it('is let in and sees the window with every header', async () => {
    const page = await request('/');
    expect(page.status).toBe(200);
    expect(page.body).toContain('<div id="root">');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(page.headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/);
    expect(page.headers['x-content-type-options']).toBe('nosniff');
    expect(page.headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(page.headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(page.headers['permissions-policy']).toContain('camera=()');
    expect(page.headers['cache-control']).toBe('no-cache');
  });

  it('gets a route of the app as the page, and a missing file as an error', async () => {
    expect((await request('/datasets/Qwen2.5%20VL/rows')).status).toBe(200);
    expectRefusal(await request('/assets/none-0000.js'), 404, 'host/not-found');
    expectRefusal(await request('/nothing.js'), 404, 'host/not-found');
  });

  it('may come through a tunnel with another port', async () => {
    const answer = await request('/', { headers: { Host: 'localhost:9999' } });
    expect(answer.status).toBe(200);
    const six = await request('/', { headers: { Host: '[::1]:9999' } });
    expect(six.status).toBe(200);
  });
});

describe('paths and methods', () => {
  it.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/%2e%2e%2fpackage.json',
    '/..%5cpackage.json',
    '/assets/../../../package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/media/..%2f..%2fworkspace.sqlite',
    '/media/%2fetc%2fpasswd',
    '/%00',
    '/index.html%00.js',
    '/%c0%ae%c0%ae/',
    '/.built-renderer',
    '/....//....//etc/passwd',
    '/etc/passwd.txt',
    '/%',
  ])('finds nothing at %s', async (path) => {
    const answer = await request(path);
    expect([400, 404], answer.raw).toContain(answer.status);
    expect(answer.body).not.toContain('root:');
    expect(answer.body).not.toContain('"dependencies"');
  });

  it.each(['http://evil.example/', '//evil.example/', 'file:///etc/passwd'])(
    'refuses the target %s',
    async (target) => {
      const answer = await request(target);
      expect(answer.status).toBe(400);
    },
  );

  it.each(['OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE'])('refuses %s', async (method) => {
    expectRefusal(await request('/', { method, headers: { Origin: app.url } }), 405, 'host/method');
  });

  it('is no proxy', async () => {
    const answer = await rawRequest(app.url, `CONNECT evil.example:443 HTTP/1.1\nHost: ${host}`);
    expect(answer.raw).not.toContain('200');
  });

  it('answers HEAD without a body', async () => {
    const answer = await request('/', { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('');
  });

  it('refuses an address and a head that are too long', async () => {
    expectRefusal(await request(`/${'a'.repeat(9000)}`), 400, 'host/bad-request');
    const answer = await request('/', { headers: { 'X-Long': 'a'.repeat(20_000) } });
    expect(answer.status).toBe(431);
  });
});

describe('media', () => {
  it.each(['', 'x', '0'.repeat(63), 'G'.repeat(64), '0'.repeat(65), `${'0'.repeat(64)}/..`])(
    'has nothing named %j',
    async (name) => {
      expectRefusal(await request(`/media/${name}`), 404, 'media/missing');
    },
  );

  it('has nothing of a hash nobody stored, and no thumbnail of it', async () => {
    expectRefusal(await request(`/media/${'0'.repeat(64)}`), 404, 'media/missing');
    expectRefusal(await request(`/media/${'0'.repeat(64)}?thumb=99999999`), 404, 'media/missing');
  });
});

describe('uploads', () => {
  const origin = (): Record<string, string> => ({ Origin: app.url });

  it('refuses a body that is announced too large before reading it', async () => {
    const headers = { ...origin(), 'Content-Length': String(2 ** 40) };
    expectRefusal(
      await request('/upload?name=a.png', { method: 'POST', headers }),
      413,
      'host/too-large',
    );
  });

  it('refuses an empty body and a place that does not exist', async () => {
    const headers = { ...origin(), 'Content-Length': '0' };
    expectRefusal(
      await request('/upload?name=a.png', { method: 'POST', headers }),
      400,
      'host/bad-request',
    );
    expectRefusal(
      await request('/upload?name=a&to=../etc', { method: 'POST', headers }),
      400,
      'host/bad-request',
    );
  });

  it('keeps a file inside the workspace, whatever it is called', async () => {
    const body = 'a,b\n1,2\n';
    const name = encodeURIComponent('../../../../tmp/e\u0000vil\n.csv');
    const answer = await request(`/upload?to=import&name=${name}`, {
      method: 'POST',
      headers: { ...origin(), 'Content-Length': String(body.length) },
      body,
    });
    expect(answer.status).toBe(200);
    const { path, bytes } = JSON.parse(answer.body) as { path: string; bytes: number };
    expect(bytes).toBe(body.length);
    expect(path.startsWith(`${join(app.workspace, 'incoming')}/`)).toBe(true);
    expect(path).toMatch(/\/[0-9a-f]{8}-[\w._ -]+\.csv$/);
  });

  it('stores no page as a picture and leaves nothing behind', async () => {
    const body = '<!doctype html><script>alert(1)</script>';
    const answer = await request('/upload?name=cat.png', {
      method: 'POST',
      headers: { ...origin(), 'Content-Length': String(body.length), 'Content-Type': 'image/png' },
      body,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body).toContain('"code":"media/unsupported"');
    const parts = readdirSync(join(app.workspace, 'incoming'));
    expect(parts.filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('gives an upload that stops half-way up', async () => {
    const parts = (): string[] =>
      readdirSync(join(app.workspace, 'incoming')).filter((name) => name.endsWith('.part'));
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    const head = `POST /upload?name=a.png HTTP/1.1\nHost: ${host}\nCookie: ${cookie}\nOrigin: ${app.url}\nContent-Length: 1000`;
    socket.write(`${head.replaceAll('\n', '\r\n')}\r\n\r\nhalf of it`);
    await until(() => parts().length === 1);
    socket.destroy();
    await until(() => parts().length === 0);
    expect((await request('/')).status).toBe(200);
  });
});

describe('procedure calls', () => {
  const open = (headers: Record<string, string>, path = '/rpc'): Promise<WebSocket | number> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://${host}${path}`, { headers });
      socket.on('open', () => resolve(socket));
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('error', () => {});
    });

  it.each([
    ['no cookie', () => ({ Origin: app.url }), 403],
    ['no Origin', () => ({ Cookie: cookie }), 403],
    ['a foreign Origin', () => ({ Cookie: cookie, Origin: 'http://evil.example' }), 403],
    ['a foreign Host', () => ({ Cookie: cookie, Origin: app.url, Host: 'evil.example' }), 421],
    [
      'Host and Origin bound alike',
      () => ({ Cookie: cookie, Host: 'evil.example', Origin: 'http://evil.example' }),
      421,
    ],
  ])('opens no socket with %s', async (_name, headers, status) => {
    expect(await open(headers() as unknown as Record<string, string>)).toBe(status);
  });

  it('opens no socket elsewhere', async () => {
    expect(await open({ Cookie: cookie, Origin: app.url }, '/other')).toBe(404);
  });

  it('answers nonsense with a typed error and lives on', async () => {
    const socket = (await open({ Cookie: cookie, Origin: app.url })) as WebSocket; // checked above
    const answers: string[] = [];
    socket.on('message', (data) => answers.push(String(data)));
    const say = async (text: string | Buffer): Promise<string> => {
      const count = answers.length;
      socket.send(text);
      while (answers.length === count) await new Promise((resolve) => setTimeout(resolve, 5));
      return answers.at(-1) ?? '';
    };
    for (const text of ['{', '[]{', 'null', '5', '"x"', `${'['.repeat(100_000)}`]) {
      expect(await say(text)).toContain('"error"');
    }
    const call = (path: string, input: unknown): string =>
      JSON.stringify({ id: 1, method: 'query', params: { path, input } });
    for (const path of ['nothing', '__proto__', 'constructor.prototype', 'system.__proto__', '']) {
      const answer = await say(call(path, {}));
      expect(answer).toContain('"error"');
      expect(answer).not.toContain('node_modules');
    }
    expect(await say(call('system.info', undefined))).toContain('"result"');
    socket.close();
  });

  it('ends a socket that sends more than it may', async () => {
    const socket = (await open({ Cookie: cookie, Origin: app.url })) as WebSocket; // as above
    const code = new Promise<number>((resolve) => socket.on('close', resolve));
    socket.send(Buffer.alloc(33 * 1024 * 1024, 0x20));
    expect(await code).toBe(1009);
    expect((await request('/')).status).toBe(200);
  });
});

describe('the workspace', () => {
  it('is not opened twice: the second start says who has it and ends', async () => {
    const second = startAppServer({ workspace: app.workspace, needsWindow: false });
    await expect(second).rejects.toThrow('error[workspace/locked]');
  });

  it('that is a file is a typed error', async () => {
    const file = join(app.workspace, 'incoming', 'file');
    writeFileSync(file, '');
    const start = startAppServer({ workspace: file, needsWindow: false });
    await expect(start).rejects.toThrow(/error\[(workspace\/invalid|file\/missing)\]/);
  });
});
