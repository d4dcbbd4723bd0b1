/**
 * A real browser for tests of the window: $CHROMIUM, or Debian's. Comes in: nothing. Goes out: a
 * Playwright browser, or null where there is none, said aloud.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { AppServer } from './app-server.ts';

const PATH = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Whether browser tests can run here; says so where they cannot. */
export function hasBrowser(): boolean {
  if (existsSync(PATH)) return true;
  process.stderr.write(
    `NOT TESTED: no browser at ${PATH} (set CHROMIUM to one), tests of the window are skipped\n`,
  );
  return false;
}

/** The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: PATH,
    args: ['--no-sandbox', '--headless=new', '--disable-background-networking'],
  });
}

/** A page in a context of its own, let in by the app's newest link. Errors of the page end in `errors`. */
export async function openApp(
  browser: Browser,
  app: AppServer,
  options: { readonly path?: string; readonly theme?: 'light' | 'dark' } = {},
): Promise<{ page: Page; errors: string[] }> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: options.theme ?? 'dark',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(app.newestLink());
  if (options.path !== undefined) await page.goto(`${app.url}${options.path}`);
  return { page, errors };
}
