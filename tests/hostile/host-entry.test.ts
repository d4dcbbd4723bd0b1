/** Who is let in to the browser host: links, sessions, Host and Origin; real server, raw sockets. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AppServer } from '../support/app-server.ts';
import { type RawApp, STARTED_MS, startRawApp } from '../support/raw-app.ts';
import { rawRequest } from '../support/raw-http.ts';

let app: AppServer;
let cookie: string;
let request: RawApp['request'];
let expectRefusal: RawApp['expectRefusal'];

beforeAll(async () => {
  ({ app, cookie, request, expectRefusal } = await startRawApp());
}, STARTED_MS);
afterAll(async () => {
  expect(await app.stop()).toBe(0);
});

describe('links and sessions', () => {
  it('lets nobody in twice with one link', async () => {
    const { pathname, search } = new URL(app.link);
    expectRefusal(await request(`${pathname}${search}`), 403, 'host/link-used');
    const page = await request(`${pathname}${search}`, { headers: { Accept: 'text/html' } });
    expect(page.status).toBe(403);
    expect(page.body).toContain('newest link that the terminal shows');
    expect(page.body).not.toContain('<script');
  });

  it.each(['', 'x', 'A'.repeat(43), '%00', "' or 1=1", 'a'.repeat(4000)])(
    'refuses the token %j',
    async (token) => {
      const answer = await request(`/open?token=${encodeURIComponent(token)}`);
      expectRefusal(answer, 403, 'host/link-used');
      expect(answer.headers['set-cookie']).toBeUndefined();
    },
  );

  it('gives a cookie that scripts and other sites never see', async () => {
    const link = new URL(app.newestLink());
    const head = await request(`${link.pathname}${link.search}`, { method: 'HEAD' });
    expect(head.status).toBe(405);
    const opened = await request(`${link.pathname}${link.search}`);
    expect(opened.status).toBe(303);
    expect(opened.headers['location']).toBe('/');
    expect(opened.headers['set-cookie']).toMatch(
      /^rationale-[0-9a-f]{12}=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    expect(opened.headers['cache-control']).toBe('no-store');
  });

  it.each([
    ['no cookie', ''],
    ['a made-up one', 'rationale-000000000000=AAAA'],
    ['another app of ours', `rationale-ffffffffffff=${'A'.repeat(43)}`],
  ])('shows nothing with %s', async (_name, value) => {
    for (const path of ['/', '/datasets', '/media/x', '/assets/x.js', '/favicon.ico']) {
      expectRefusal(await request(path, { headers: { Cookie: value } }), 403, 'host/no-session');
    }
  });

  it('knows a cookie with a wrong value from the right one', async () => {
    const wrong = cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    expectRefusal(await request('/', { headers: { Cookie: wrong } }), 403, 'host/no-session');
  });

  it('reloads once where another site withheld the cookie, and never in a loop', async () => {
    const headers = { Cookie: '', Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate' };
    const first = await request('/', { headers: { ...headers, 'Sec-Fetch-Site': 'cross-site' } });
    expect(first.status).toBe(403);
    expect(first.body).toContain('http-equiv="refresh"');
    const second = await request('/', { headers: { ...headers, 'Sec-Fetch-Site': 'same-origin' } });
    expect(second.body).not.toContain('refresh');
  });
});

describe('names and origins', () => {
  it.each([
    'evil.example',
    'evil.example:7317',
    '127.0.0.1.evil.example',
    'localhost.evil',
    '0.0.0.0',
    '127.0.0.1@evil.example',
    '[::2]',
    '169.254.169.254',
    'localhost:port',
    '127.1',
  ])('refuses Host %s (DNS rebinding)', async (name) => {
    expectRefusal(await request('/', { headers: { Host: name } }), 421, 'host/forbidden-host');
    expectRefusal(
      await request('/open?token=x', { headers: { Host: name } }),
      421,
      'host/forbidden-host',
    );
  });

  it('refuses a request without Host', async () => {
    const answer = await rawRequest(app.url, 'GET / HTTP/1.1\nConnection: close');
    expect(answer.status).toBe(400);
  });

  it.each([
    'http://evil.example',
    'null',
    'http://127.0.0.1:1',
    'https://localhost',
    'file://',
    'app://rationale',
  ])('refuses Origin %s', async (origin) => {
    const headers = { Origin: origin };
    expectRefusal(await request('/', { headers }), 403, 'host/forbidden-origin');
    expectRefusal(
      await request('/upload?name=a', { method: 'POST', headers }),
      403,
      'host/forbidden-origin',
    );
  });

  it('takes no POST without Origin', async () => {
    expectRefusal(
      await request('/upload?name=a', { method: 'POST' }),
      403,
      'host/forbidden-origin',
    );
  });

  it('is no part of another page', async () => {
    for (const site of ['cross-site', 'same-site']) {
      const headers = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': 'no-cors' };
      expectRefusal(await request('/', { headers }), 403, 'host/forbidden-origin');
    }
  });
});
