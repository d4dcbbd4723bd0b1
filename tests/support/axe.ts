/** axe-core in a page of a test: a page comes in, what weighs `serious` or more goes out. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Found {
  readonly rule: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

/** What axe finds on a page that weighs `serious` or more, with the elements it is about. */
export async function seriousFindings(page: Page): Promise<Found[]> {
  // Injected through the debugger, as the page's own policy allows no foreign script.
  await page.evaluate(AXE);
  const results = await page.evaluate<AxeResults>(() =>
    // axe puts itself on window.
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, impact, nodes }) => ({
      rule: id,
      impact: impact ?? '',
      nodes: nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)),
    }));
}
