/**
 * Names of the starter world that a window offers: its tasks and splits. The engine owns what they
 * mean; tests/unit/world/names.test.ts keeps the lists equal.
 */
export const WORLD_TASKS = [
  'follow',
  'caption',
  'read',
  'at',
  'step',
  'attribute',
  'count',
  'compare',
  'relate',
  'point',
  'box',
  'transform',
  'moved',
  'jigsaw',
  'route',
  'bar',
  'line',
  'clock',
  'order',
  'swap',
  'clip-order',
  'clip-between',
  'clip-when',
] as const;

export const WORLD_SPLITS = ['train', 'dev', 'test', 'harder', 'combos'] as const;
