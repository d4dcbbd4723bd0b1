/**
 * The page that makes runs: a form and a text of one draft, problems while typing, what differs from
 * the recipe, a dry run, a saved recipe, and the start.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { hasBrowser, launchBrowser, openApp } from '../support/browser.ts';

describe.skipIf(!hasBrowser())('a new run', () => {
  let app: AppServer;
  let browser: Browser;
  let page: Page;
  let errors: string[];
  beforeAll(async () => {
    [app, browser] = await Promise.all([startAppServer(), launchBrowser()]);
    ({ page, errors } = await openApp(browser, app, { path: '/runs/new' }));
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });
  const setting = (path: string) => page.locator(`[id="field-${path}"]`);
  const text = () => page.locator('[data-scope="yaml"] .cm-content');

  it('derives its form from the recipe', async () => {
    await setting('training.steps').waitFor({ timeout: 90_000 });
    await page.getByText('Ready to start.').waitFor({ timeout: 60_000 });
    expect(await setting('optimizer.beta1').count()).toBe(0);
    await page.getByText('All settings').click();
    await setting('optimizer.beta1').waitFor();
    await page.getByText('Basic', { exact: true }).click();
    await page.getByRole('textbox', { name: 'Find a setting' }).fill('decay of the running mean');
    await setting('optimizer.beta1').waitFor();
    await page.getByRole('textbox', { name: 'Find a setting' }).fill('');
  }, 180_000);

  it('writes an edit of the form into the text, and takes it back', async () => {
    await setting('training.steps').getByRole('textbox').fill('3');
    await expect.poll(() => text().textContent()).toContain('steps: 3');
    await page.getByText('differs from recipe, 1 setting', { exact: true }).waitFor();
    await page.getByText('rationale run start starter-grpo --set training.steps=3').waitFor();
    await setting('training.steps')
      .getByRole('button', { name: /^Reset/ })
      .click();
    await page.getByText('as the recipe says').waitFor();
  }, 60_000);

  it('says what does not fit, where, and why it cannot start', async () => {
    const rate = setting('optimizer.learningRate').getByRole('textbox');
    await rate.fill('fast');
    await setting('optimizer.learningRate').getByText('Expected a number.').waitFor();
    await rate.fill('1e-4');
    await page.getByText('Changed', { exact: true }).click();
    await text().fill('recipe: starter-grpo\noptimizer:\n  learningRate: -1\n');
    await page.getByText(/^Fix learning rate to start\.$/i).waitFor({ timeout: 30_000 });
    expect(await page.getByRole('button', { name: /^Start/ }).isDisabled()).toBe(true);
    await text().fill('recipe: starter-grpo\noptimizer: [');
    await page.getByText(/^Fix line \d+ of the text to start\.$/).waitFor();
    await text().fill('recipe: starter-grpo\ntraining:\n  steps: 2\n  promptsPerStep: 2\n');
    await expect.poll(() => setting('training.steps').getByRole('textbox').inputValue()).toBe('2');
    await page.getByText('Ready to start.').waitFor({ timeout: 30_000 });
  }, 120_000);

  it('measures one step, and says when that is out of date', async () => {
    await page.keyboard.press('Control+d');
    await page.getByText('Peak memory').waitFor({ timeout: 180_000 });
    await setting('training.steps').getByRole('textbox').fill('4');
    await page.getByText('1 edit since').waitFor();
  }, 240_000);

  it('saves the draft as a recipe', async () => {
    await page.getByRole('button', { name: 'Save as recipe' }).click();
    await page.getByRole('textbox', { name: 'Name of the recipe' }).fill('four steps');
    await page.getByRole('dialog').getByRole('button', { name: 'Save as recipe' }).click();
    await page.getByText('Saved as four steps.').waitFor({ timeout: 30_000 });
    await expect.poll(() => setting('training.steps').getByRole('textbox').inputValue()).toBe('4');
    await page.getByText('as the recipe says').waitFor();
  }, 60_000);

  it('keeps the draft when the page is left', async () => {
    await setting('training.promptsPerStep').getByRole('textbox').fill('3');
    await page.goto(`${app.url}/runs`);
    await page.goto(`${app.url}/runs/new`);
    await expect
      .poll(() => setting('training.promptsPerStep').getByRole('textbox').inputValue(), {
        timeout: 30_000,
      })
      .toBe('3');
  }, 60_000);

  it('starts it with the keyboard and follows it to its page', async () => {
    await page.getByText('Ready to start.').waitFor({ timeout: 30_000 });
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/runs\/\d/, { timeout: 60_000 });
    await page.getByText('4 of 4').first().waitFor({ timeout: 180_000 });
  }, 300_000);

  it('logs no error', () => {
    expect(errors).toEqual([]);
  });
});
