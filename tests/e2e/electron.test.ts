/**
 * The app in real Electron, where its binary and a display are. Everything of the app's own is tested
 * on the double as well (desktop.test.ts); here is what only Electron can show.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildParts } from '../support/app-server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(ROOT, 'node_modules/electron/dist');
const NAME = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' } as const;
const BINARY = join(
  DIST,
  process.platform in NAME ? NAME[process.platform as keyof typeof NAME] : 'electron',
);

/** Whether Electron can run here; says so aloud where it cannot. */
function canRun(): boolean {
  const hasDisplay =
    process.platform !== 'linux' ||
    (process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']) !== undefined;
  if (existsSync(BINARY) && hasDisplay) return true;
  const reason = existsSync(BINARY) ? 'there is no display' : `there is no binary at ${BINARY}`;
  process.stderr.write(`NOT TESTED: real Electron, because ${reason}\n`);
  return false;
}

describe.skipIf(!canRun())('the app in Electron', () => {
  let app: ElectronApplication;
  let page: Page;
  const scratch = mkdtempSync(join(tmpdir(), 'rationale-electron-'));
  beforeAll(async () => {
    await buildParts(['main', 'preload', 'renderer']);
    app = await _electron.launch({
      executablePath: BINARY,
      args: [
        join(ROOT, 'out/main/main/index.js'),
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ],
      env: {
        ...process.env,
        RATIONALE_CONFIG: join(scratch, 'config'),
        RATIONALE_WORKSPACE: join(scratch, 'workspace'),
      } as Record<string, string>, // unset variables are not there
    });
    page = await app.firstWindow();
  }, 120_000);
  afterAll(async () => {
    await app.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('opens its own page, sandboxed, with the bridge and without Node', async () => {
    await page.waitForFunction(() => document.querySelector('#root')?.textContent !== '');
    expect(page.url()).toMatch(/^app:\/\/rationale\//);
    expect(await page.evaluate('typeof require + typeof process')).toBe('undefinedundefined');
    expect(await page.evaluate('window.rationale.host')).toBe('electron');
  });

  it('stays on its page', async () => {
    await page.evaluate('void (location.href = "https://example.org/")');
    await page.waitForTimeout(300);
    expect(page.url()).toMatch(/^app:\/\/rationale\//);
  });

  it('has one window, a menu and no second instance', async () => {
    const facts = await app.evaluate(({ BrowserWindow, Menu, app: running }) => ({
      windows: BrowserWindow.getAllWindows().length,
      menu: Menu.getApplicationMenu()?.items.map((item) => item.label),
      isAlone: running.hasSingleInstanceLock(),
    }));
    expect(facts.windows).toBe(1);
    expect(facts.menu).toContain('View');
    expect(facts.isAlone).toBe(true);
  });
});
