/** Models, chat, settings, the doctor and the command palette. */
import type { Scene } from '../scene.ts';

export const scenes: readonly Scene[] = [
  {
    name: 'models',
    path: '/models',
    prepare: async (page) => {
      await page
        .getByRole('row', { name: /step \d+/ })
        .last()
        .click();
      await page.getByLabel('Note').waitFor();
    },
  },
  {
    name: 'models-retention',
    path: '/models',
    prepare: async (page) => {
      await page.getByRole('button', { name: /frees|Everything is kept/ }).click();
      await page.getByRole('dialog').getByRole('table').waitFor();
    },
  },
  {
    name: 'chat',
    path: '/chat',
    prepare: async (page) => {
      await page
        .getByRole('button', { name: /, row \d/ })
        .first()
        .click();
      await page.getByText(/perplexity/).waitFor();
      const tokens = page.getByRole('group', { name: 'Answer, token by token' });
      await tokens.getByRole('button').first().hover();
    },
  },
  { name: 'settings', path: '/settings' },
  { name: 'settings-keys', path: '/settings?section=keys' },
  { name: 'settings-workspaces', path: '/settings?section=workspaces' },
  { name: 'doctor', path: '/doctor' },
  { name: 'palette', path: '/datasets', prepare: (page) => page.keyboard.press('Control+k') },
];
