/**
 * The rollout board over a real run: the groups of its last step, completions side by side, tokens with
 * what else the model might have said, one key to send a completion on, search, the watch list.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onlineRun } from '../screenshots/data.ts';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { hasBrowser, launchBrowser, openApp } from '../support/browser.ts';
import { connectRpc, type RpcSession } from '../support/rpc-client.ts';

describe.skipIf(!hasBrowser())('the rollout board', () => {
  let app: AppServer;
  let browser: Browser;
  let session: RpcSession;
  let page: Page;
  let errors: string[];
  let run: string;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startAppServer(), launchBrowser()]);
    session = await connectRpc(app);
    run = await onlineRun(session.rpc);
    ({ page, errors } = await openApp(browser, app, { path: `/rollouts/${run}` }));
    await page.getByRole('heading', { name: 'Group of 8' }).waitFor();
  }, 300_000);
  afterAll(async () => {
    await session?.close();
    await browser?.close();
    await app?.stop();
  });

  it('opens on the last step, completions best first', async () => {
    await page.getByRole('heading', { name: 'Groups, step 12' }).waitFor();
    const rows = page.getByRole('table').getByRole('row');
    await expect.poll(() => rows.count()).toBe(9);
    const [group] = await session.rpc.rollouts.groups.query({ run, step: 12 });
    expect(group?.size).toBe(8);
  });

  it('walks over completions, groups and steps by keys', async () => {
    const chosen = () => page.getByRole('table').locator('[aria-selected="true"]').textContent();
    const before = await chosen();
    await page.keyboard.press('p');
    await expect.poll(chosen).not.toBe(before);
    await page.keyboard.press('Shift+P');
    await page.getByRole('heading', { name: 'Groups, step 11' }).waitFor();
    await page.keyboard.press('Shift+N');
    await page.getByRole('heading', { name: 'Groups, step 12' }).waitFor();
    await page.keyboard.press('j');
    await expect.poll(() => page.url()).toContain('prompt=');
  });

  it('shows what else the model might have said at a token', async () => {
    const strip = page.getByRole('group', { name: /^#\d$/ }).first();
    await strip.getByRole('button').nth(2).click();
    const list = page.getByRole('list', { name: 'Best alternatives' });
    await expect.poll(() => list.getByRole('listitem').count(), { timeout: 60_000 }).toBe(5);
  }, 90_000);

  it('colours tokens by the ratio under the newest checkpoint', async () => {
    await page.getByText('Ratio new to old', { exact: true }).click();
    await page
      .getByText('Scoring under the newest checkpoint')
      .waitFor({ state: 'detached', timeout: 60_000 });
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  }, 90_000);

  it('sends a completion on with one key', async () => {
    for (const key of ['Shift+A', 'Shift+Y', 'Shift+G', 'Shift+E']) await page.keyboard.press(key);
    const sent = () => session.rpc.rollouts.sent.query({ run });
    await expect
      .poll(async () => (await sent()).map(({ to }) => to).sort())
      .toEqual(['annotator', 'eval', 'golden', 'pair']);
    const pair = (await sent()).find(({ to }) => to === 'pair');
    expect(Object.keys(pair?.payload ?? {}).length).toBeGreaterThan(1);
  });

  it('pins a prompt to the watch list', async () => {
    await page.keyboard.press('w');
    await page.getByRole('heading', { name: 'Watch list' }).waitFor();
    expect(await session.rpc.rollouts.watched.query({ run })).toHaveLength(1);
  });

  it('searches every completion and opens the group of a hit', async () => {
    await page.keyboard.press('/');
    await page.getByRole('textbox', { name: 'Search all rollouts' }).fill('below');
    const hits = page.getByRole('grid', { name: 'Search all rollouts' });
    await hits.waitFor();
    await hits.getByRole('row').nth(1).dblclick();
    await page.getByRole('heading', { name: 'Group of 8' }).waitFor();
  });

  it('had no error in the page', () => expect(errors).toEqual([]));
});
