/**
 * `npm run screenshots`: every view of the app in both themes, 1440 x 900, into docs/screenshots. Comes
 * in: parts of scene names (all without any), `--workspace DIR` for one that is there already. Goes out:
 * pictures; exit code 1 where a scene could not be shown or the page reported an error.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import type { Scene } from '../tests/screenshots/scene.ts';
import { type AppServer, startAppServer } from '../tests/support/app-server.ts';
import { hasBrowser, launchBrowser, openApp } from '../tests/support/browser.ts';
import { connectRpc, type Rpc } from '../tests/support/rpc-client.ts';

const SCENES = new URL('../tests/screenshots/scenes/', import.meta.url);
const TARGET = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const THEMES = ['dark', 'light'] as const;
const SETTLED_MS = 10_000;

async function readScenes(wanted: readonly string[]): Promise<Scene[]> {
  const files = readdirSync(SCENES).filter((name) => name.endsWith('.ts'));
  const modules = await Promise.all(
    // Scene files export `scenes`; a file that does not ends this script with its name.
    files
      .sort()
      .map((name): Promise<{ scenes: readonly Scene[] }> => import(new URL(name, SCENES).href)),
  );
  const scenes = modules.flatMap((module) => module.scenes);
  if (wanted.length === 0) return scenes;
  return scenes.filter(({ name }) => wanted.some((part) => name.includes(part)));
}

interface Stage {
  readonly app: AppServer;
  readonly browser: Browser;
  readonly rpc: Rpc;
}

/** @returns what went wrong */
async function shoot(scene: Scene, { app, browser, rpc }: Stage): Promise<string[]> {
  const problems: string[] = [];
  await scene.setUp?.(rpc);
  const path = typeof scene.path === 'string' ? scene.path : await scene.path(rpc);
  for (const theme of THEMES) {
    const { page, errors } = await openApp(browser, app, { path, theme });
    await page.waitForLoadState('networkidle', { timeout: SETTLED_MS }).catch(() => {});
    await scene.prepare?.(page, rpc);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    await page.waitForTimeout(300);
    await page.screenshot({ path: join(TARGET, `${scene.name}-${theme}.png`) });
    problems.push(...errors.map((error) => `${theme}: ${error}`));
    await page.context().close();
  }
  return problems;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workspace: { type: 'string' } },
});
if (!hasBrowser()) process.exit(1);
mkdirSync(TARGET, { recursive: true });
const scenes = await readScenes(positionals);
const app = await startAppServer(
  values.workspace === undefined ? {} : { workspace: values.workspace },
);
const browser = await launchBrowser();
const session = await connectRpc(app);
for (const scene of scenes) {
  const started = performance.now();
  const problems = await shoot(scene, { app, browser, rpc: session.rpc }).catch((thrown) => [
    String(thrown),
  ]);
  if (problems.length > 0) process.exitCode = 1;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${scene.name} (${seconds} s)\n`);
  for (const problem of problems) process.stdout.write(`     ${problem}\n`);
}
await session.close();
await browser.close();
await app.stop();
