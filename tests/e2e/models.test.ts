/**
 * Models, settings and the doctor in a real browser on a workspace with real checkpoints: the family
 * tree, names and notes, retention with its undo, keys, theme, trash and another workspace.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { seriousFindings } from '../support/axe.ts';
import { hasBrowser, launchBrowser, openApp } from '../support/browser.ts';
import { makeTinyRuns, type TinyRuns } from '../unit/models-app/run-folders.ts';

const folder = mkdtempSync(join(tmpdir(), 'rationale-models-e2e-'));
const workspace = join(folder, 'workspace');

describe.skipIf(!hasBrowser())('the window', () => {
  let app: AppServer;
  let browser: Browser;
  let runs: TinyRuns;
  let page: Page;
  let errors: string[];
  beforeAll(async () => {
    mkdirSync(join(workspace, 'runs'), { recursive: true });
    runs = await makeTinyRuns(workspace, folder);
    [app, browser] = await Promise.all([startAppServer({ workspace }), launchBrowser()]);
    ({ page, errors } = await openApp(browser, app, { path: '/models' }));
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const rowsOf = async () => await page.getByRole('row').allInnerTexts();

  it('shows checkpoints below their run, and the next run below its checkpoint', async () => {
    await page
      .getByRole('row', { name: /step 3/ })
      .first()
      .waitFor();
    const rows = (await rowsOf()).map((row) => row.split('\n')[0]);
    const base = rows.findIndex((row) => row?.includes('sft-s0'));
    expect(base).toBeGreaterThan(0);
    expect(rows.slice(base).join(' ')).toMatch(/step 1.*step 2.*step 3.*grpo.*step 1.*step 2/);
  });

  it('folds and unfolds a run with the arrow keys', async () => {
    const before = (await rowsOf()).length;
    await page.getByRole('row', { name: /grpo/ }).first().click();
    await page.getByRole('grid').press('ArrowLeft');
    await expect.poll(async () => (await rowsOf()).length).toBe(before - 2);
    await page.getByRole('grid').press('ArrowRight');
    await expect.poll(async () => (await rowsOf()).length).toBe(before);
  });

  it('keeps a name and a note', async () => {
    await page
      .getByRole('row', { name: /step 2/ })
      .first()
      .click();
    await page.getByLabel('Name', { exact: true }).fill('the good one');
    await page.getByLabel('Name', { exact: true }).press('Enter');
    await page.getByRole('row', { name: /the good one/ }).waitFor();
    await page.getByLabel('Note').fill('better than it looks');
    await page.waitForTimeout(900);
    await page.reload();
    await page
      .getByRole('row', { name: /the good one/ })
      .first()
      .click();
    expect(await page.getByLabel('Note').inputValue()).toBe('better than it looks');
  });

  it('retention drops what its preview shows, and one undo brings it back', async () => {
    const before = (await rowsOf()).length;
    await page.getByRole('button', { name: /frees|Everything is kept/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Newest of each run' }).fill('1');
    const apply = dialog.getByRole('button', { name: /Move [1-9]\d* checkpoints? to the trash/ });
    await apply.waitFor();
    const dropped = Number(/Move (\d+)/.exec((await apply.textContent()) ?? '')?.[1]);
    await apply.click();
    await expect.poll(async () => (await rowsOf()).length).toBeLessThan(before);
    expect(dropped).toBeGreaterThan(0);
    await page.getByRole('button', { name: /^Undo/ }).click();
    await expect.poll(async () => (await rowsOf()).length).toBe(before);
  });

  it('deletes a checkpoint into the trash, from where settings restore it', async () => {
    await page
      .getByRole('row', { name: /step 1/ })
      .first()
      .click();
    await page.getByRole('grid').press('Delete');
    await page.getByText(/is in the trash/).waitFor();
    await page.goto(`${app.url}/settings?section=trash`);
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('The trash is empty').waitFor();
  });

  it('binds a command to other keys, says what they clash with, and goes back', async () => {
    await page.goto(`${app.url}/settings?section=keys`);
    await page.getByRole('button', { name: 'Change the keys of Go to Models' }).click();
    await page.keyboard.press('Control+k');
    await page
      .getByText(/also Go to or run anything/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Change the keys of Go to Models' }).click();
    await page.keyboard.press('Alt+m');
    await page.getByText(/in conflict/).waitFor({ state: 'detached' });
    await page.keyboard.press('Alt+m');
    await page.waitForURL(/\/models/);
    await page.goto(`${app.url}/settings?section=keys`);
    await page.getByRole('button', { name: 'Reset all keys' }).click();
    await page.getByRole('button', { name: 'Reset all keys', disabled: true }).waitFor();
  });

  it('keeps the theme over a reload', async () => {
    await page.goto(`${app.url}/settings?section=appearance`);
    await page.getByText('Light', { exact: true }).click();
    const theme = () => page.evaluate(() => document.documentElement.dataset['theme']);
    await expect.poll(theme).toBe('light');
    await page.reload();
    await page.getByText('Light', { exact: true }).waitFor();
    expect(await theme()).toBe('light');
  });

  it('refuses a webhook that is no address, saying what was expected', async () => {
    await page.goto(`${app.url}/settings?section=notices`);
    await page.getByLabel('Webhook').fill('javascript:alert(1)');
    await page.getByLabel('Webhook').press('Enter');
    await page.getByText(/expected an http or https address/).waitFor();
  });

  it('the doctor has a report to copy', async () => {
    await page.goto(`${app.url}/doctor`);
    await page.getByText(/Everything works|to solve/).waitFor();
    expect(await page.locator('pre').textContent()).not.toBe('');
  });

  it('makes another workspace, and comes back to the first by the list of recent ones', async () => {
    const other = join(folder, 'elsewhere');
    mkdirSync(other, { recursive: true });
    await page.goto(`${app.url}/settings?section=workspaces`);
    await page.getByRole('button', { name: 'New workspace' }).click();
    await page.getByRole('textbox', { name: 'Path' }).fill(other);
    await page.getByRole('textbox', { name: 'Path' }).press('Enter');
    await page.getByRole('button', { name: 'Choose', exact: true }).click();
    await page.getByLabel('Name of the new workspace').fill('second lab');
    await page.getByRole('dialog').getByRole('button', { name: 'New workspace' }).click();
    await page.getByRole('button', { name: 'Workspace second lab' }).waitFor();
    expect(existsSync(join(other, 'second-lab/workspace.sqlite'))).toBe(true);
    await page.goto(`${app.url}/models`);
    await page.getByText('Models come from runs and from folders').waitFor();
    await page.goto(`${app.url}/settings?section=workspaces`);
    await page
      .getByRole('row', { name: new RegExp(workspace) })
      .getByText('Open')
      .click();
    await page.getByRole('button', { name: 'Workspace workspace' }).waitFor();
    await page.goto(`${app.url}/models`);
    await page
      .getByRole('row', { name: /step 3/ })
      .first()
      .waitFor();
  }, 60_000);

  it('makes a backup that can be restored', async () => {
    await page.goto(`${app.url}/settings?section=backups`);
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByText(/Backed up to/).waitFor();
    await page.getByRole('button', { name: 'Restore' }).first().click();
    await page.getByRole('button', { name: 'Restore this backup' }).click();
    await page.getByText(/Restored. The database before/).waitFor();
  }, 60_000);

  it('dialogs and inspectors have nothing serious under axe', async () => {
    await page.goto(`${app.url}/models`);
    await page
      .getByRole('row', { name: /step 2/ })
      .first()
      .click();
    expect(await seriousFindings(page)).toEqual([]);
    for (const open of [/frees|Everything is kept/, /^Export$/, /^Import$/]) {
      await page.getByRole('button', { name: open }).first().click();
      await page.getByRole('dialog').waitFor();
      expect({ open: String(open), found: await seriousFindings(page) }).toEqual({
        open: String(open),
        found: [],
      });
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  }, 60_000);

  it('no page said an error', () => {
    expect(errors).toEqual([]);
    expect(runs.base).not.toBe('');
  });
});
