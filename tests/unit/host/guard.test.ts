/** The small decisions of the hosts: origins, ranges, names, options, entries, places of windows. */
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRequest } from '../../../src/main/host/guard.ts';
import { rangeOf } from '../../../src/main/host/media-files.ts';
import { parseServeOptions } from '../../../src/main/host/serve-options.ts';
import { Sessions } from '../../../src/main/host/sessions.ts';
import { safeName } from '../../../src/main/host/upload.ts';

/** A request as far as the guard looks at it. */
function request(headers: Record<string, string>, method = 'GET', url = '/'): IncomingMessage {
  return { headers, method, url } as unknown as IncomingMessage;
}

describe('checkRequest', () => {
  it('lets no name through but ours, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.domain(), fc.nat(65_535), (name, port) => {
        if (name === 'localhost') return;
        expect(() => checkRequest(request({ host: `${name}:${port}` }))).toThrow(/127\.0\.0\.1/);
      }),
    );
  });

  it('lets addresses through where the person opened the app to them, and still no names', () => {
    const options = { openedTo: '0.0.0.0' };
    expect(() => checkRequest(request({ host: '192.168.1.5:7317' }), options)).not.toThrow();
    expect(() => checkRequest(request({ host: 'evil.example:7317' }), options)).toThrow();
    const named = { openedTo: 'lab.example' };
    expect(() => checkRequest(request({ host: 'Lab.example:7317' }), named)).not.toThrow();
  });

  it('wants the origin of a socket to be the very host it goes to', () => {
    const upgrade = { host: 'localhost:9', upgrade: 'websocket' };
    expect(() => checkRequest(request(upgrade))).toThrow(/origin/);
    expect(() => checkRequest(request({ ...upgrade, origin: 'http://localhost:8' }))).toThrow();
    expect(() => checkRequest(request({ ...upgrade, origin: 'http://localhost:9' }))).not.toThrow();
  });

  it('opens a link that was clicked in another page', () => {
    const headers = {
      host: 'localhost',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
    };
    expect(() => checkRequest(request(headers, 'GET', '/open?token=x'))).not.toThrow();
  });
});

describe('Sessions', () => {
  it('lets in once per link and knows its own cookies', () => {
    const sessions = new Sessions('here');
    const token = sessions.makeToken();
    const cookie = sessions.open(token).split(';')[0] ?? '';
    expect(() => sessions.check(`other=1; ${cookie}; more=2`)).not.toThrow();
    expect(() => sessions.open(token)).toThrow(/has been used/);
    expect(() => new Sessions('here').check(cookie)).toThrow(/not been let in/);
    expect(() => sessions.check(`${cookie}x`)).toThrow(/not been let in/);
  });

  it('keeps the newest links only', () => {
    const sessions = new Sessions('here');
    const tokens = Array.from({ length: 20 }, () => sessions.makeToken());
    expect(() => sessions.open(tokens[0] ?? '')).toThrow();
    expect(sessions.open(tokens[19] ?? '')).toContain('HttpOnly');
  });
});

describe('rangeOf', () => {
  it.each([
    ['bytes=0-9', { from: 0, to: 9 }],
    ['bytes=90-', { from: 90, to: 99 }],
    ['bytes=-10', { from: 90, to: 99 }],
    ['bytes=-1000', { from: 0, to: 99 }],
    ['bytes=50-1000', { from: 50, to: 99 }],
    ['bytes=100-', 'outside'],
    ['bytes=9-3', 'outside'],
    ['bytes=-', undefined],
    ['bytes=0-1,5-6', undefined],
    ['lines=1-2', undefined],
    [null, undefined],
  ])('reads %s', (header, range) => {
    expect(rangeOf(header, 100)).toEqual(range);
  });

  it('never leaves the file', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(1000), (text, size) => {
        const range = rangeOf(`bytes=${text}`, size);
        if (range === undefined || range === 'outside') return;
        expect(range.from).toBeGreaterThanOrEqual(0);
        expect(range.to).toBeLessThan(size);
      }),
    );
  });
});

/** Every code point; fast-check's own list of them takes seconds to make. */
const anyText = fc
  .array(fc.integer({ min: 0, max: 0x10_ffff }))
  .map((points) => String.fromCodePoint(...points));

describe('safeName', () => {
  it('is one name, whatever arrives', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const name = safeName(text);
        if (name === '' || name.length > 100 || /^[. ]|[/\\\p{Cc}]/u.test(name))
          throw new Error(name);
      }),
    );
    expect(safeName('C:\\data\\train set.jsonl')).toBe('train set.jsonl');
  });
});

describe('parseServeOptions', () => {
  it('reads what a person types', () => {
    const options = parseServeOptions(['--port', '0', '--workspace', '/tmp/w'], {});
    expect(options).toMatchObject({ port: 0, isPortFixed: true, workspace: '/tmp/w' });
    expect(parseServeOptions([], { RATIONALE_WORKSPACE: '/tmp/x' })).toMatchObject({
      workspace: '/tmp/x',
      port: 7317,
      isPortFixed: false,
      openTo: undefined,
    });
  });

  it.each([
    ['--port', 'x'],
    ['--port', '70000'],
    ['--port', '-1'],
    ['--host', ''],
    ['--nothing'],
    ['extra'],
  ])('refuses %s %s', (...args) => {
    expect(() => parseServeOptions(args, {})).toThrow(
      expect.objectContaining({ code: 'cli/usage' }),
    );
  });
});
