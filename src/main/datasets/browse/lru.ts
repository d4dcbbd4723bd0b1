/** A map that keeps what was used last. Comes in: entries. Goes out: at most `size` of them. */
export class Lru<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #size: number;
  readonly #onLeave: (value: V) => void;

  constructor(size: number, onLeave: (value: V) => void = () => {}) {
    this.#size = size;
    this.#onLeave = onLeave;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    // A map keeps insertion order: the first entry is the one that was not used for longest.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#size) return;
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined) this.delete(oldest);
  }

  delete(key: K): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#onLeave(value);
  }

  deleteWhere(isGone: (key: K) => boolean): void {
    for (const key of [...this.#entries.keys()]) if (isGone(key)) this.delete(key);
  }

  values(): Iterable<V> {
    return this.#entries.values();
  }

  clear(): void {
    this.deleteWhere(() => true);
  }
}
