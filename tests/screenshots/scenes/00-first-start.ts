/** The app as it is the first time. */
import type { Scene } from '../scene.ts';

export const scenes: readonly Scene[] = [
  { name: 'first-start', path: '/' },
  { name: 'keys', path: '/', prepare: (page) => page.keyboard.press('?') },
];
