/** Runs, closer: two side by side, settings of a new run that do not fit, a live run with an event. */
import type { Scene } from '../scene.ts';

export const scenes: readonly Scene[] = [
  {
    name: 'runs-compare',
    path: '/runs',
    prepare: async (page) => {
      const marks = page.getByRole('checkbox', { name: /^Compare/ });
      await marks.nth(1).waitFor();
      await marks.nth(0).check();
      await marks.nth(1).check();
      await page.getByRole('heading', { name: 'Compare' }).waitFor();
      await page.getByRole('tab', { name: /^Ended/ }).click();
    },
  },
  {
    name: 'new-run-problem',
    path: '/runs/new?recipe=grpo',
    prepare: async (page) => {
      const group = page.locator('[id="field-rollout.groupSize"]');
      await group.getByRole('textbox').fill('1');
      await page.getByText(/^Fix /).waitFor({ timeout: 30_000 });
      await group.scrollIntoViewIfNeeded();
    },
  },
];
