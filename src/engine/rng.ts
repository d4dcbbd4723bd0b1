/**
 * Seeded random numbers with named streams. In: a seed and names; out: draws that depend on nothing
 * else. Generator: xoshiro128** (Blackman & Vigna 2018, arXiv:1805.01407) over four 32-bit words,
 * seeded by a murmur-style string hash. A fork is derived from the *key*, not from the state, so
 * drawing more numbers in one stream never moves another.
 */
import { LabError } from '../shared/errors.ts';

type Words = readonly [number, number, number, number];

/** Plain data form of a generator; restores to the very next draw. */
export interface RngState {
  readonly key: Words;
  readonly state: Words;
}

export class Rng {
  readonly #key: Words;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  private constructor(key: Words, state: Words) {
    this.#key = key;
    [this.#a, this.#b, this.#c, this.#d] = state;
  }

  /** A generator for a seed; numbers and strings are both fine (`7` and `'7'` are the same seed). */
  static from(seed: number | string): Rng {
    const key = hashWords(String(seed));
    return new Rng(key, key);
  }

  static restore(saved: RngState): Rng {
    const words = [...saved.key, ...saved.state];
    if (
      words.length !== 8 ||
      words.some((word) => !Number.isInteger(word) || word < 0 || word > 0xffffffff)
    ) {
      throw new LabError(
        'config/invalid',
        '[rng] expected two times four 32-bit words, got another state',
        {
          hint: 'Restore only what Rng.save() returned.',
        },
      );
    }
    return new Rng(saved.key, saved.state);
  }

  save(): RngState {
    return { key: this.#key, state: [this.#a, this.#b, this.#c, this.#d] };
  }

  /** An independent stream; same key and name give the same stream whatever was drawn before. */
  fork(name: string | number): Rng {
    const key = hashWords(`${this.#key.join('.')}/${name}`);
    return new Rng(key, key);
  }

  /** The next 32 random bits, unsigned. */
  bits(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b = (this.#b ^ this.#c) >>> 0;
    this.#a = (this.#a ^ this.#d) >>> 0;
    this.#c = (this.#c ^ shifted) >>> 0;
    this.#d = rotateLeft(this.#d, 11) >>> 0;
    return result;
  }

  /** Uniform in [low, high); 32 bits of resolution. */
  float(low = 0, high = 1): number {
    return low + (high - low) * (this.bits() / 0x100000000);
  }

  /** Uniform whole number in [low, high], both ends included; without modulo bias. */
  int(low: number, high: number): number {
    const span = high - low + 1;
    if (!Number.isInteger(low) || !Number.isInteger(span) || span < 1 || span > 0x100000000) {
      throw new LabError(
        'config/invalid',
        `[rng] int expects whole low <= high, got ${low} and ${high}`,
      );
    }
    const limit = 0x100000000 - (0x100000000 % span);
    let draw = this.bits();
    while (draw >= limit) draw = this.bits();
    return low + (draw % span);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[items.length === 0 ? 0 : this.int(0, items.length - 1)];
    if (item === undefined)
      throw new LabError('config/invalid', '[rng] pick expects at least one item, got none');
    return item;
  }

  /** A new array in random order (Fisher-Yates); the input is left alone. */
  shuffle<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let last = order.length - 1; last > 0; last--) {
      const other = this.int(0, last);
      // Both indices lie inside the array, so neither read can be undefined.
      [order[last], order[other]] = [order[other] as T, order[last] as T];
    }
    return order;
  }

  /** `count` different items in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    if (count > items.length) {
      throw new LabError(
        'config/invalid',
        `[rng] sample expects at most ${items.length} items, got ${count}`,
      );
    }
    return this.shuffle(items).slice(0, count);
  }
}

/** 128 bits of a string as four unsigned words; never all zero, which xoshiro could not leave. */
export function hashWords(text: string): Words {
  const lanes = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]; // first fraction digits of pi
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    for (let lane = 0; lane < 4; lane++) {
      const mixed = Math.imul((lanes[lane] ?? 0) ^ code, 0x9e3779b1 + lane * 0x85ebca6a);
      lanes[lane] = (mixed ^ (mixed >>> 15)) + (lanes[(lane + 1) & 3] ?? 0);
    }
  }
  for (let round = 0; round < 8; round++) {
    const lane = round & 3;
    lanes[lane] = finalise((lanes[lane] ?? 0) ^ (lanes[(lane + 3) & 3] ?? 0) ^ text.length);
  }
  const words = lanes.map((word) => word >>> 0);
  return [words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, (words[3] ?? 0) || 1];
}

function finalise(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
