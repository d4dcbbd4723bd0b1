/**
 * How long a start takes: from `npm start` on a set-up clone to a window that shows data. Comes in: how
 * often (5). Goes out: milliseconds of each part and their medians. The browser is running already, as a
 * person's is.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { hasBrowser, launchBrowser } from '../tests/support/browser.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** The name of the bundled dataset comes from main: once it is shown, everything works. */
const DATA = 'starter-walks';

interface Times {
  /** Until the terminal shows the link. */
  readonly link: number;
  /** From there until the page has been painted first. */
  readonly paint: number;
  /** From there until it shows what main answered. */
  readonly data: number;
  readonly total: number;
}

async function measure(browser: Browser, scratch: string): Promise<Times> {
  const started = performance.now();
  const app = spawn('npm', ['start', '--', '--port', '0', '--workspace', join(scratch, 'w')], {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, RATIONALE_CONFIG: join(scratch, 'c') },
  });
  const link = await new Promise<string>((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /http:\S+\/open\?token=\S+/.exec(output)?.[0];
      if (found !== undefined) resolve(found);
    };
    app.stdout.on('data', read);
    app.stderr.on('data', read);
    app.on('close', () => reject(new Error(output)));
  });
  const hasLink = performance.now();
  const page = await browser.newPage();
  await page.goto(link, { waitUntil: 'commit' });
  await page.waitForFunction(() => (document.querySelector('#root')?.textContent ?? '') !== '');
  const isPainted = performance.now();
  await page.waitForFunction((data) => document.body.textContent?.includes(data), DATA);
  const hasData = performance.now();
  await page.close();
  const closed = new Promise((resolve) => app.on('close', resolve));
  // The whole group: npm passes no signal on to what it started.
  if (app.pid !== undefined) process.kill(-app.pid, 'SIGTERM');
  await closed;
  return {
    link: hasLink - started,
    paint: isPainted - hasLink,
    data: hasData - isPainted,
    total: hasData - started,
  };
}

if (!hasBrowser()) process.exit(1);
const count = Number(process.argv[2] ?? 5);
const browser = await launchBrowser();
const scratch = mkdtempSync(join(tmpdir(), 'rationale-start-'));
const all: Times[] = [];
for (let index = 0; index < count; index += 1) {
  const times = await measure(browser, scratch);
  all.push(times);
  process.stdout.write(`${format(times)}\n`);
}
const median = (key: keyof Times): number =>
  all.map((times) => times[key]).sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
process.stdout.write(
  `median: ${format({ link: median('link'), paint: median('paint'), data: median('data'), total: median('total') })}\n`,
);
await browser.close();
rmSync(scratch, { recursive: true, force: true });

function format({ link, paint, data, total }: Times): string {
  const parts = { link, paint, data, total };
  return Object.entries(parts)
    .map(([name, ms]) => `${name} ${Math.round(ms)} ms`)
    .join(', ');
}
