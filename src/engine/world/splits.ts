/**
 * Which split may show a scene. A scene's canonical content is hashed to one of 100 buckets and
 * each split owns its own buckets, so two splits can never share a scene, whatever seeds are used.
 */
import { hashWords } from '../rng.ts';
import type { Split } from './types.ts';

/** Buckets [from, to) of each split; together they cover 0..99 once. */
const BUCKETS = {
  train: [0, 60],
  dev: [60, 70],
  test: [70, 80],
  harder: [80, 90],
  combos: [90, 100],
} as const satisfies Record<Split, readonly [number, number]>;

/** The only split that may show this content. */
export function splitOf(content: string): Split {
  const bucket = hashWords(`split|${content}`)[0] % 100;
  for (const [split, [from, to]] of Object.entries(BUCKETS)) {
    // The keys of BUCKETS are exactly the splits; Object.entries only widens them to string.
    if (bucket >= from && bucket < to) return split as Split;
  }
  return 'train';
}
