/** The app as it is the first time: the bundled dataset is just being made. */
import type { Scene } from '../scene.ts';

export const scenes: readonly Scene[] = [
  { name: 'first-start', path: '/' },
  { name: 'keys', path: '/', prepare: (page) => page.keyboard.press('?') },
];
