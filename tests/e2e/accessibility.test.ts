/**
 * Every page of the window under axe-core in both themes, and at 200 % zoom. Nothing serious may be
 * found; a page that scrolls sideways at 200 % cuts content off.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { seriousFindings } from '../support/axe.ts';
import { hasBrowser, launchBrowser, openApp } from '../support/browser.ts';

const PAGES = [
  '/datasets',
  '/datasets/import',
  '/datasets/generate',
  '/runs',
  '/runs/new',
  '/rollouts',
  '/models',
  '/chat',
  '/settings',
  '/settings?section=keys',
  '/doctor',
];

describe.skipIf(!hasBrowser())('every page', () => {
  let app: AppServer;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startAppServer(), launchBrowser()]);
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  it.each(['dark', 'light'] as const)(
    'has nothing serious under axe, %s',
    async (theme) => {
      const { page } = await openApp(browser, app, { theme });
      for (const path of PAGES) {
        await page.goto(`${app.url}${path}`);
        await page.locator('main h1, main h2').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect({ path, found: await seriousFindings(page) }).toEqual({ path, found: [] });
      }
      await page.context().close();
    },
    180_000,
  );

  it('fits at 200 % zoom', async () => {
    const { page } = await openApp(browser, app);
    await page.setViewportSize({ width: 720, height: 450 });
    for (const path of PAGES) {
      await page.goto(`${app.url}${path}`);
      await page.locator('main').first().waitFor();
      const excess = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect({ path, excess }).toEqual({ path, excess: 0 });
    }
    await page.context().close();
  }, 120_000);

  it('is walked by keys alone: areas, palette, key sheet, theme', async () => {
    const { page } = await openApp(browser, app);
    await page.locator('main h1').first().waitFor();
    await page.keyboard.press('Alt+2');
    await page.waitForURL(/\/runs/);
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('models');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/models/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    const theme = () => page.evaluate(() => document.documentElement.dataset['theme']);
    const before = await theme();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').fill('light and dark');
    await page.keyboard.press('Enter');
    await expect.poll(theme).not.toBe(before);
    await page.context().close();
  }, 60_000);
});
