/**
 * The held-out pictures of the demo: walks in three bands of length, from the split that no training
 * and no choice of settings has seen.
 */
import type { Item } from '../data/item.ts';
import { worldSource } from '../data/world-source.ts';

/** Number of moves, both ends included. GRPO trains on the middle band. */
export const BANDS = {
  easy: [1, 2],
  band: [3, 4],
  hard: [5, 6],
} as const satisfies Record<string, readonly [number, number]>;

export type BandName = keyof typeof BANDS;

/** Any number; the same pictures in every run, so that runs can be compared. */
const HELD_OUT_SEED = 20_261;

export async function heldOutItems(split: 'dev' | 'test', perBand: number): Promise<Item[]> {
  const items: Item[] = [];
  for (const difficulty of Object.values(BANDS)) {
    const source = worldSource({ tasks: { follow: 1 }, split, difficulty, seed: HELD_OUT_SEED });
    for (let i = 0; i < perBand; i++) items.push(await source.at(i));
  }
  return items;
}

export function bandOf(item: Item): BandName {
  const moves = item.difficulty ?? 0;
  if (moves <= BANDS.easy[1]) return 'easy';
  return moves <= BANDS.band[1] ? 'band' : 'hard';
}
