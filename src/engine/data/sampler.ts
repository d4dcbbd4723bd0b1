/**
 * Source and step -> the items of that step, in a seeded order. Nothing is remembered between steps:
 * the step is the whole state, which is what makes resuming exact.
 */
import { LabError } from '../../shared/errors.ts';
import { Rng } from '../rng.ts';
import type { Item, ItemSource } from './item.ts';

export interface SamplerOptions {
  readonly seed: number;
  readonly perStep: number;
  readonly shuffle: boolean;
  /** Distinct items to use; undefined = all. */
  readonly limit: number | undefined;
}

/** @throws LabError `dataset/bad-row` when the source is empty */
export async function itemsOfStep(
  source: ItemSource,
  step: number,
  options: SamplerOptions,
): Promise<Item[]> {
  const first = step * options.perStep;
  const indices = Array.from({ length: options.perStep }, (_, i) =>
    indexAt(source, first + i, options),
  );
  return Promise.all(indices.map((index) => source.at(index)));
}

function indexAt(source: ItemSource, position: number, options: SamplerOptions): number {
  const size = Math.min(
    source.count ?? Number.POSITIVE_INFINITY,
    options.limit ?? Number.POSITIVE_INFINITY,
  );
  if (!Number.isFinite(size)) return position;
  if (size === 0) throw new LabError('dataset/bad-row', '[data] the source has no rows');
  const epoch = Math.floor(position / size);
  const within = position % size;
  return options.shuffle ? (order(options.seed, epoch, size)[within] ?? 0) : within;
}

/** The permutation of one epoch; the last one is kept because steps walk through it. */
let last: { readonly key: string; readonly order: readonly number[] } | undefined;

function order(seed: number, epoch: number, size: number): readonly number[] {
  const key = `${seed}/${epoch}/${size}`;
  if (last?.key !== key) {
    const rng = Rng.from(seed).fork('order').fork(epoch);
    last = { key, order: rng.shuffle(Array.from({ length: size }, (_, i) => i)) };
  }
  return last.order;
}
