/**
 * Runs as a person meets them: a new run from the starter recipe, watched live, changed, left and come
 * back to; charts by keys and pointer; a queue that is reordered; two runs side by side; delete and undo.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { hasBrowser, launchBrowser, openApp } from '../support/browser.ts';
import { connectRpc, type RpcSession } from '../support/rpc-client.ts';

const HOSTILE = '<img src=x onerror="document.title=\'owned\'">';
const SMALL = {
  training: { promptsPerStep: 2, steps: 400 },
  rollout: { groupSize: 4, maxCompletionTokens: 16 },
};

describe.skipIf(!hasBrowser())('runs in the window', () => {
  let app: AppServer;
  let browser: Browser;
  let page: Page;
  let errors: string[];
  let session: RpcSession;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startAppServer(), launchBrowser()]);
    ({ page, errors } = await openApp(browser, app, { path: '/runs' }));
    session = await connectRpc(app);
  }, 180_000);
  afterAll(async () => {
    await session?.close();
    await browser?.close();
    await app?.stop();
  });

  it('says what will be here before there is a run', async () => {
    await page.getByRole('heading', { name: 'No runs yet' }).waitFor({ timeout: 60_000 });
    await page.getByRole('main').getByRole('button', { name: 'New run' }).last().click();
    await page.waitForURL(/\/runs\/new/);
  }, 90_000);

  it('starts a run from the form and shows it live', async () => {
    const plan = { kind: 'train' as const, recipe: 'starter-grpo', set: SMALL };
    await session.rpc.runs.enqueue.mutate({ entries: [{ name: HOSTILE, plan }] });
    await page.goto(`${app.url}/runs`);
    await page.getByRole('grid').getByText(HOSTILE, { exact: true }).dblclick({ timeout: 60_000 });
    await page.waitForURL(/\/runs\/\d/);
    await page
      .getByText(/^\d+ of 400$/)
      .first()
      .waitFor({ timeout: 90_000 });
    await page.getByRole('heading', { name: 'Reward by part' }).waitFor({ timeout: 60_000 });
    await page.getByRole('region', { name: 'Health' }).waitFor({ timeout: 60_000 });
  }, 240_000);

  it('changes the learning rate, acknowledged and marked on every chart', async () => {
    await page.getByLabel('Learning rate ×').fill('0.5');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page
      .getByText(/^From step \d+ on/)
      .first()
      .waitFor({ timeout: 30_000 });
    await page.getByText('Learning rate × 0.5').waitFor({ timeout: 30_000 });
    const charts = page.locator('figure');
    await expect
      .poll(() => page.locator('figure svg text', { hasText: /^a$/ }).count(), { timeout: 30_000 })
      .toBe(await charts.count());
  }, 120_000);

  it('walks the shared rule by keys and zooms by dragging', async () => {
    const chart = page.getByRole('slider', { name: /^Reward by part/ });
    await chart.focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByText(/^At \d+:/).waitFor();
    await page.keyboard.press('Escape');
    const box = await chart.boundingBox();
    if (box === null) throw new Error('the chart is shown');
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.4, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, y, { steps: 4 });
    await page.mouse.up();
    const all = page.getByRole('button', { name: 'Show all of it' });
    await all.waitFor();
    await chart.dblclick();
    await all.waitFor({ state: 'detached' });
  }, 60_000);

  it('goes on while nobody looks, and is found again', async () => {
    const url = page.url();
    const before = await stepOf(page);
    await page.close();
    ({ page, errors } = await openApp(browser, app));
    await page.goto(url);
    await expect.poll(() => stepOf(page), { timeout: 60_000 }).toBeGreaterThan(before);
    await page.getByText('Learning rate × 0.5').waitFor();
  }, 120_000);

  it('pauses, goes on, stops with a checkpoint, and offers to resume', async () => {
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('button', { name: 'Go on' }).click({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('menuitem', { name: /^Stop and save/ }).click();
    await page.getByText(/^Goes on after step \d+, up to 400\.$/).waitFor({ timeout: 60_000 });
    await page.getByRole('tab', { name: /^Checkpoints [1-9]/ }).click();
    await page.getByRole('button', { name: 'New run from here' }).first().waitFor();
  }, 180_000);

  it('resumes it, and ends it at once', async () => {
    const before = await stepOf(page);
    await page.getByRole('button', { name: 'Resume', exact: true }).click();
    await expect.poll(() => stepOf(page), { timeout: 90_000 }).toBeGreaterThan(before);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('menuitem', { name: /^End at once/ }).click();
    await page.getByText(/^Goes on after step \d+, up to 400\.$/).waitFor({ timeout: 60_000 });
  }, 180_000);

  it('shows text of people as text', async () => {
    expect(await page.title()).toContain(HOSTILE);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
  });

  it('reorders the queue by keys and takes jobs out of it', async () => {
    await session.rpc.runs.pauseQueue.mutate();
    const plan = {
      kind: 'train' as const,
      recipe: 'starter-grpo',
      set: { training: { steps: 2 } },
    };
    for (const name of ['first', 'second', 'third']) {
      await session.rpc.runs.enqueue.mutate({ entries: [{ name, plan, after: null }] });
    }
    await page.goto(`${app.url}/runs`);
    await page.getByRole('button', { name: 'Move third' }).focus();
    await page.keyboard.press('Alt+ArrowUp');
    const names = () =>
      page.locator('table[aria-label="Queue"] tbody tr td:nth-child(2)').allTextContents();
    await expect.poll(names, { timeout: 20_000 }).toEqual(['first', 'third', 'second']);
    for (const name of ['first', 'second', 'third']) {
      await page.getByRole('button', { name: `Take ${name} out of the queue` }).click();
    }
    await page.getByText(/^Nothing waits/).waitFor();
  }, 90_000);

  it('compares runs, deletes one and brings it back', async () => {
    const plan = {
      kind: 'train' as const,
      recipe: 'starter-grpo',
      set: { ...SMALL, training: { promptsPerStep: 2, steps: 2 } },
    };
    await session.rpc.runs.enqueue.mutate({ entries: [{ name: 'short', plan }] });
    await session.rpc.runs.startQueue.mutate();
    await page.getByRole('row', { name: /short finished/ }).waitFor({ timeout: 120_000 });
    await page.getByRole('checkbox', { name: 'Compare short' }).check();
    await page.getByRole('checkbox', { name: `Compare ${HOSTILE}` }).check();
    await page.getByRole('heading', { name: 'Compare' }).waitFor();
    await page.getByRole('button', { name: 'Clear marks' }).click();
    await page.getByRole('row', { name: /short finished/ }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('short is in the trash.').waitFor();
    await page.getByRole('row', { name: /short finished/ }).waitFor({ state: 'detached' });
    await page.getByRole('status').getByRole('button', { name: /^Undo/ }).click();
    await page.getByRole('row', { name: /short finished/ }).waitFor({ timeout: 20_000 });
  }, 240_000);

  it('logs no error', () => {
    expect(errors).toEqual([]);
  });
});

/** The step the head of the page says. */
async function stepOf(page: Page): Promise<number> {
  const words = await page
    .getByText(/^\d+ of 400$/)
    .first()
    .textContent();
  return Number(words?.split(' ')[0] ?? 0);
}
