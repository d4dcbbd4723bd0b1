/**
 * Asking a model in a real browser with a real engine: a picture and a question, streamed tokens with
 * their alternatives, stop, a reload in the middle, history; and import and export of a model.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { hasBrowser, launchBrowser, openApp } from '../support/browser.ts';
import { writeTinyModel } from '../support/tiny-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'rationale-chat-e2e-'));

describe.skipIf(!hasBrowser())('the window', () => {
  let app: AppServer;
  let browser: Browser;
  let page: Page;
  let errors: string[];
  let picture: string;
  beforeAll(async () => {
    picture = join(folder, 'picture.png');
    const red = { width: 64, height: 64, channels: 3 as const, background: '#c00' };
    await sharp({ create: red }).png().toFile(picture);
    [app, browser] = await Promise.all([startAppServer(), launchBrowser()]);
    ({ page, errors } = await openApp(browser, app, { path: '/chat' }));
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const tokens = () =>
    page.getByRole('group', { name: 'Answer, token by token' }).last().getByRole('button');

  it('answers a question about a picture token by token', async () => {
    await page.locator('input[type=file]').setInputFiles(picture);
    await page.getByRole('img', { name: 'Picture 1' }).waitFor();
    await page.getByLabel('Question', { exact: true }).fill('path from a1 think');
    await page.getByLabel('Question', { exact: true }).press('Enter');
    await page.getByText(/perplexity/).waitFor({ timeout: 60_000 });
    expect(await tokens().count()).toBeGreaterThan(1);
  }, 90_000);

  it('shows what else a token might have been, by pointer and by keys', async () => {
    const list = page.getByRole('listitem').filter({ has: page.locator('code') });
    await tokens().first().hover();
    await expect.poll(() => list.count()).toBe(5);
    const first = await list.allInnerTexts();
    await page.getByRole('group', { name: 'Answer, token by token' }).press('ArrowRight');
    await expect.poll(() => list.allInnerTexts()).not.toEqual(first);
  });

  it('stops a long answer, and keeps what was written', async () => {
    await page.getByLabel('Temperature').fill('5');
    await page.getByLabel('Most tokens').fill('4000');
    await page.getByLabel('Question', { exact: true }).fill('again');
    await page.getByLabel('Question', { exact: true }).press('Enter');
    await expect.poll(() => tokens().count(), { timeout: 30_000 }).toBeGreaterThan(2);
    await page.keyboard.press('Escape');
    await page.getByText(/, stopped/).waitFor();
    expect(await tokens().count()).toBeGreaterThan(2);
  }, 60_000);

  it('keeps conversations over a reload', async () => {
    await page.reload();
    await page
      .getByRole('button', { name: /path from a1 think/ })
      .first()
      .click();
    await page
      .getByText(/perplexity/)
      .first()
      .waitFor();
    expect(await page.getByRole('article').count()).toBe(2);
  });

  it('imports a folder after its check, and refuses one that does not load', async () => {
    const model = await writeTinyModel(folder);
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    await page.goto(`${app.url}/models`);
    for (const [path, isGood] of [
      [broken, false],
      [model, true],
    ] as const) {
      await page.getByRole('toolbar').getByRole('button', { name: 'Import' }).click();
      await page.getByRole('textbox', { name: 'Path' }).fill(path);
      await page.getByRole('textbox', { name: 'Path' }).press('Enter');
      await page.getByRole('button', { name: 'Choose', exact: true }).click();
      const add = page.getByRole('dialog').getByRole('button', { name: 'Import', exact: true });
      if (isGood) {
        await page.getByText('Everything fits.').waitFor();
        await page.getByRole('textbox', { name: 'Name' }).fill('tiny one');
        await add.click();
        await page.getByRole('row', { name: /tiny one/ }).waitFor();
      } else {
        await page.getByText(/to solve before it can be used/).waitFor();
        expect(await add.isDisabled()).toBe(true);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
    }
  }, 60_000);

  it('exports it to a new folder', async () => {
    await page.getByRole('row', { name: /tiny one/ }).click();
    await page.getByRole('grid').press('e');
    const to = join(folder, 'exported');
    await page.getByRole('textbox', { name: 'Into the folder' }).fill(to);
    await page.getByRole('button', { name: 'Start the export' }).click();
    await page.getByRole('row', { name: /tiny one, full/ }).waitFor({ timeout: 30_000 });
    expect(existsSync(join(to, 'config.json'))).toBe(true);
    expect(readdirSync(to).some((name) => name.endsWith('.safetensors'))).toBe(true);
  }, 60_000);

  it('no page said an error', () => {
    expect(errors).toEqual([]);
  });
});
