/** Things that happened, told to every window once; the last ones are kept for a window that was away. */
import { randomBytes } from 'node:crypto';
import type { Notice } from '../../shared/model/system.ts';

const KEPT = 200;

export class Notices {
  readonly #kept: Notice[] = [];
  readonly #listeners = new Set<(notice: Notice) => void>();
  readonly #epoch = randomBytes(4).toString('hex');
  #seq = 0;

  push(notice: Omit<Notice, 'seq' | 'at'>): Notice {
    this.#seq += 1;
    const told: Notice = { ...notice, seq: this.#seq, at: new Date().toISOString() };
    this.#kept.push(told);
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const listener of this.#listeners) listener(told);
    return told;
  }

  /** @returns a function that ends the subscription. */
  subscribe(listener: (notice: Notice) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  since(seq: number): Notice[] {
    return this.#kept.filter((notice) => notice.seq > seq);
  }

  idOf(seq: number): string {
    return `${this.#epoch}-${seq}`;
  }

  /** Where a window goes on; without an id from now on. */
  resume(id: string | undefined): number {
    if (id === undefined) return this.#seq;
    const [epoch, seq] = id.split('-');
    return epoch === this.#epoch ? Number(seq) : 0;
  }
}
