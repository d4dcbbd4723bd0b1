/**
 * A million rows in a real browser: imported from a file, shown while they arrive, jumped through,
 * filtered and searched. Times are printed, not asserted.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AppServer, startAppServer } from '../support/app-server.ts';
import { hasBrowser, launchBrowser, openApp } from '../support/browser.ts';
import { writeManyRows } from '../support/million-rows.ts';
import { connectRpc, type RpcSession } from '../support/rpc-client.ts';
import { until } from '../support/until.ts';

const ROWS = 1_000_000;
const IMPORT_MS = 400_000;

describe.skipIf(!hasBrowser())('a million rows', () => {
  let folder: string;
  let app: AppServer;
  let browser: Browser;
  let page: Page;
  let session: RpcSession;
  let dataset: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rationale-million-'));
    const source = join(folder, 'rows.jsonl');
    writeManyRows(source, ROWS);
    [app, browser] = await Promise.all([startAppServer(), launchBrowser()]);
    session = await connectRpc(app);
    const { mapping } = await session.rpc.datasets.sniff.query({ path: source });
    const started = { path: source, mapping, name: 'million' };
    ({ id: dataset } = await session.rpc.datasets.import.mutate(started));
    ({ page } = await openApp(browser, app));
  }, 120_000);
  afterAll(async () => {
    await session?.close();
    await browser?.close();
    await app?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const now = () => session.rpc.datasets.get.query({ id: dataset });
  const told = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    await work();
    process.stdout.write(`${what}: ${Math.round(performance.now() - started)} ms\n`);
  };

  it('shows rows while the others are on their way', async () => {
    await until(async () => (await now()).rows > 0, 60_000);
    await page.goto(`${app.url}/datasets/${dataset}`);
    await page.getByRole('option').first().waitFor();
    expect((await now()).status).toBe('importing');
  }, 90_000);

  it(
    'imports all of them',
    async () => {
      await until(async () => (await now()).status !== 'importing', IMPORT_MS);
      expect(await now()).toMatchObject({ status: 'ready', rows: ROWS, badRows: 0 });
    },
    IMPORT_MS + 10_000,
  );

  it('shows the first rows, and any other after a jump', async () => {
    await told('first rows of 1,000,000', async () => {
      await page.goto(`${app.url}/datasets/${dataset}`);
      await page.getByRole('option').first().waitFor();
    });
    for (const row of [ROWS - 1, 500_000, 123_456]) {
      await told(`jump to row ${row}`, async () => {
        await page.getByRole('textbox', { name: 'Row', exact: true }).fill(String(row));
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: `Row ${row.toLocaleString('en')}` }).waitFor();
      });
    }
    await page.getByRole('option', { selected: true }).getByText('123,456').waitFor();
  }, 60_000);

  it('filters by a facet and searches in what is left', async () => {
    await told('filter', async () => {
      await page.getByRole('checkbox', { name: 'geometry', exact: true }).check();
      await page.getByText(/^199,997 rows match/).waitFor();
    });
    await told('search', async () => {
      await page.getByRole('textbox', { name: /^Search prompts/ }).fill('radius');
      await page.getByText(/^199,997 rows match/).waitFor({ state: 'detached' });
    });
    const { rows } = await session.rpc.datasets.count.query({
      query: { dataset, search: 'radius', filters: [] },
    });
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(ROWS);
  }, 60_000);
});
