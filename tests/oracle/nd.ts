/**
 * Plain arrays for oracles: a shape and its elements as JS numbers in row order. Slow and obvious
 * on purpose; nothing here is shared with the engine.
 */
import type { DType } from '../../src/engine/graph/value.ts';

export interface Nd {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: number[];
}

/** The array whose element at each index is `at(index)`. */
export function nd(dtype: DType, shape: readonly number[], at: (...index: number[]) => number): Nd {
  const data: number[] = [];
  const visit = (prefix: number[]): void => {
    if (prefix.length === shape.length) data.push(at(...prefix));
    else for (let i = 0; i < (shape[prefix.length] ?? 0); i += 1) visit([...prefix, i]);
  };
  visit([]);
  return { dtype, shape, data };
}

/** The element at an index; an axis of size 1 repeats, leading axes may be missing (broadcasting). */
export function get(x: Nd, index: readonly number[]): number {
  const tail = index.slice(index.length - x.shape.length);
  let at = 0;
  for (const [axis, size] of x.shape.entries())
    at = at * size + (size === 1 ? 0 : (tail[axis] ?? 0));
  return x.data[at] ?? Number.NaN;
}

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
export const total = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

/** A seeded stream of numbers (mulberry32): uniform in [0, 1), and standard normal. */
export function random(seed: number): { uniform(): number; normal(): number } {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}
