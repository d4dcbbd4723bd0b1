/**
 * Version counters by room, kept for the life of the process and across workspaces: a room says that
 * something changed, windows ask again. Every touch has a number in one sequence, so that a window
 * that was away hears of each changed room once.
 */
import { randomBytes } from 'node:crypto';
import { ROOMS, type Room } from '../../shared/model/workspace.ts';

interface Touch {
  readonly room: Room;
  readonly version: number;
  readonly seq: number;
}

export class Changes {
  readonly #touches = new Map<Room, Touch>();
  readonly #listeners = new Set<(room: Room, version: number) => void>();
  /** Numbers of another process mean nothing here. */
  readonly #epoch = randomBytes(4).toString('hex');
  #seq = 0;

  /** Says that something in a room changed. Cheap: listeners only wake up. */
  touch(room: Room): void {
    const version = (this.#touches.get(room)?.version ?? 0) + 1;
    this.#seq += 1;
    this.#touches.set(room, { room, version, seq: this.#seq });
    for (const listener of this.#listeners) listener(room, version);
  }

  /** Everything is different: another workspace was opened. */
  touchAll(): void {
    for (const room of ROOMS) this.touch(room);
  }

  /** @returns a function that ends the subscription. */
  subscribe(listener: (room: Room, version: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The last touch of every room that changed after `seq`, oldest first. */
  since(seq: number): Touch[] {
    return [...this.#touches.values()]
      .filter((touch) => touch.seq > seq)
      .sort((a, b) => a.seq - b.seq);
  }

  /** The id under which a window resumes after `seq`. */
  idOf(seq: number): string {
    return `${this.#epoch}-${seq}`;
  }

  /** Where a window goes on: from its id, from now without one, from the start with one of another process. */
  resume(id: string | undefined): number {
    if (id === undefined) return this.#seq;
    const [epoch, seq] = id.split('-');
    return epoch === this.#epoch ? Number(seq) : 0;
  }
}
