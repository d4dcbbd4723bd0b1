/**
 * Datasets as a new user meets them: first start with the bundled set, import of a file through the
 * mapping screen, filters, search, a jump, what the model sees, a view, a tag, delete and undo.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { hasBrowser, launchBrowser, openApp } from '../support/browser.ts';

const ROWS = 240;
const HOSTILE = '<img src=x onerror="document.title=\'owned\'">';

/** A JSONL file with pictures, one broken line, and HTML in every text field of one row. */
async function writeSource(folder: string): Promise<string> {
  for (const shade of [40, 200]) {
    const png = sharp({
      create: { width: 56, height: 56, channels: 3, background: { r: shade, g: 90, b: 90 } },
    });
    await png.png().toFile(join(folder, `shade-${shade}.png`));
  }
  const lines = Array.from({ length: ROWS }, (_, i) =>
    JSON.stringify({
      id: `row-${i}`,
      prompt: i === 7 ? `<image>${HOSTILE}` : `<image>what is shade number ${i}`,
      images: [`shade-${i % 2 === 0 ? 40 : 200}.png`],
      completion: i === 7 ? HOSTILE : `<think> look at ${i}</think><answer> ${i % 5}</answer>`,
      answer: String(i % 5),
      task: i % 3 === 0 ? 'dark' : 'bright',
      weight: i / 10,
      note: i === 7 ? HOSTILE : 'kept',
    }),
  );
  const path = join(folder, 'shades.jsonl');
  writeFileSync(path, `${lines.join('\n')}\n{"prompt": broken\n`);
  return path;
}

describe.skipIf(!hasBrowser())('datasets in the window', () => {
  let folder: string;
  let source: string;
  let app: AppServer;
  let browser: Browser;
  let page: Page;
  let errors: string[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rationale-source-'));
    source = await writeSource(folder);
    [app, browser] = await Promise.all([startAppServer(), launchBrowser()]);
    ({ page, errors } = await openApp(browser, app));
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows the bundled dataset on the first start', async () => {
    await page.getByRole('option').first().waitFor({ timeout: 90_000 });
    await expect.poll(() => page.locator('main h1').first().textContent()).toBe('starter-walks');
  }, 120_000);

  it('imports a file through the mapping screen', async () => {
    await page.goto(`${app.url}/datasets/import?path=${encodeURIComponent(source)}`);
    await page.getByRole('combobox', { name: 'Role: prompt' }).waitFor();
    await page.getByText('what is shade number 0').first().waitFor();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('option').first().waitFor({ timeout: 60_000 });
    await expect.poll(() => page.getByText(`${ROWS} rows`, { exact: true }).count()).toBe(1);
  }, 120_000);

  it('lists the row that could not be read', async () => {
    const here = page.url().replace(/\?.*/, '');
    await page.goto(`${here}/bad-rows`);
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.goto(here);
    await page.getByRole('option').first().waitFor();
  }, 60_000);

  it('filters by a facet, searches, and takes both away', async () => {
    await page.getByRole('checkbox', { name: 'dark', exact: true }).check();
    await page.getByText(/^80 rows match/).waitFor();
    await page.getByRole('textbox', { name: /^Search prompts/ }).fill('number 9');
    await page
      .getByText(/^\d rows? match|^\d+ rows match/)
      .first()
      .waitFor();
    await expect.poll(() => page.getByText(/^80 rows match/).count()).toBe(0);
    await page.getByRole('textbox', { name: /^Search prompts/ }).fill('');
    await page.getByRole('button', { name: 'Remove filter Task: dark' }).click();
    await page.getByText(`${ROWS} rows match`, { exact: false }).waitFor();
  }, 60_000);

  it('jumps to a row and shows what the model sees of it', async () => {
    await page.getByRole('textbox', { name: 'Row', exact: true }).fill('123');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Row 123' }).waitFor();
    await page.getByRole('tab', { name: 'What the model sees' }).click();
    await page.getByText(/^Image tokens/).waitFor({ timeout: 60_000 });
    await page.getByRole('tab', { name: 'Sample' }).click();
  }, 90_000);

  it('runs nothing that a text field holds', async () => {
    await page.getByRole('textbox', { name: 'Row', exact: true }).fill('7');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Row 7' }).waitFor();
    await page.getByText(HOSTILE).first().waitFor();
    expect(await page.title()).not.toContain('owned');
  }, 60_000);

  it('saves a view, and finds it in the list', async () => {
    await page.getByRole('checkbox', { name: 'dark', exact: true }).check();
    await page.getByText(/^80 rows match/).waitFor();
    await page.getByRole('button', { name: 'Save view' }).first().click();
    await page.getByRole('textbox', { name: 'Name of the view' }).fill('only dark');
    await page.keyboard.press('Enter');
    await page.waitForURL(/view=/);
    await page.getByRole('button', { name: /only dark/ }).waitFor();
    await page.getByText(/^80 rows match/).waitFor();
  }, 60_000);

  it('deletes without a question and brings back with undo', async () => {
    const name = page.getByRole('button', { name: /^shades/ });
    await name.click();
    await page.getByRole('option').first().waitFor();
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: /^Undo/ }).waitFor();
    await expect.poll(() => name.count()).toBe(0);
    await page.keyboard.press('Control+z');
    await expect.poll(() => name.count(), { timeout: 10_000 }).toBe(1);
  }, 60_000);

  it('had no error in the page', () => expect(errors).toEqual([]));
});
