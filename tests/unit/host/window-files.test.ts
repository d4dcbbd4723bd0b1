/** The built window: packed where the browser can, whole while it is built anew, nothing beside it. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WindowFiles } from '../../../src/main/host/window-files.ts';

let folder: string;

/** A build: the page names its one script. */
function build(hash: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), `<script src="/assets/app-${hash}.js">`);
  writeFileSync(join(folder, `assets/app-${hash}.js`), `run('${hash}')`);
  writeFileSync(join(folder, `assets/app-${hash}.js.gz`), gzipSync(`run('${hash}')`));
  const at = Number.parseInt(hash, 16);
  utimesSync(join(folder, 'index.html'), at, at);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rationale-window-files-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('packs what the browser can unpack, and nothing else', async () => {
  build('0a');
  const files = new WindowFiles(folder);
  const packed = await files.answer('/assets/app-0a.js', 'gzip, deflate, br');
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(packed.headers.get('content-type')).toContain('text/javascript');
  expect(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe("run('0a')");
  const plain = await files.answer('/assets/app-0a.js', '');
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe("run('0a')");
  const page = await files.answer('/', 'gzip');
  expect(page.headers.get('content-encoding')).toBeNull();
});

it('shows the new page after a build, and still has what the old one asks for', async () => {
  build('0a');
  const files = new WindowFiles(folder);
  await files.answer('/assets/app-0a.js', '');
  build('0b');
  expect(await (await files.answer('/', '')).text()).toContain('app-0b.js');
  expect(await (await files.answer('/assets/app-0b.js', '')).text()).toBe("run('0b')");
  expect(await (await files.answer('/assets/app-0a.js', '')).text()).toBe("run('0a')");
  await expect(files.answer('/assets/app-0c.js', '')).rejects.toMatchObject({
    code: 'host/not-found',
  });
});

it('says what to do where nothing has been built', async () => {
  await expect(new WindowFiles(folder).answer('/', '')).rejects.toMatchObject({
    code: 'host/not-found',
    hint: 'Run npm start, or npm run build.',
  });
});

it.each([
  '/../secret',
  '/..',
  '/.hidden',
  '/a/.b',
  '/a//b',
  '/%2e%2e/x',
  '/a%00',
  '/x.js',
  '/%ff',
  '',
])('has nothing at %j', async (path) => {
  build('0a');
  await expect(new WindowFiles(folder).answer(path, '')).rejects.toMatchObject({
    code: 'host/not-found',
  });
});
