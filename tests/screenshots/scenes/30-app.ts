/** Models, chat, settings, the doctor and the command palette. */
import type { Scene } from '../scene.ts';

export const scenes: readonly Scene[] = [
  { name: 'models', path: '/models' },
  { name: 'chat', path: '/chat' },
  { name: 'settings', path: '/settings' },
  { name: 'doctor', path: '/doctor' },
  { name: 'palette', path: '/datasets', prepare: (page) => page.keyboard.press('Control+k') },
];
