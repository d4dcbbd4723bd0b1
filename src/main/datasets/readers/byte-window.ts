/**
 * A file as a window of bytes that moves forward. Comes in: a path and the byte to start at. Goes out:
 * a buffer with everything from `start` on that was read so far; `more` reads on, `drop` lets bytes at
 * the front go. The window grows only while nothing is dropped.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;

export class ByteWindow {
  readonly #file: number;
  #buffer = Buffer.allocUnsafe(4 * CHUNK_BYTES);
  #from = 0;
  #to = 0;
  #position: number;
  #isAtEnd = false;

  constructor(path: string, start: number) {
    this.#file = openSync(path, 'r');
    this.#position = start;
  }

  /** What is in the window. Valid until the next call of `more`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#from, this.#to);
  }

  /** Position in the file of the first byte of the window. */
  get offset(): number {
    return this.#position - (this.#to - this.#from);
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** Reads at most a megabyte more behind what is there. */
  more(): void {
    if (this.#isAtEnd) return;
    if (this.#to + CHUNK_BYTES > this.#buffer.length) this.#makeRoom();
    const read = readSync(this.#file, this.#buffer, this.#to, CHUNK_BYTES, this.#position);
    this.#to += read;
    this.#position += read;
    if (read === 0) this.#isAtEnd = true;
  }

  /** Lets the first bytes of the window go. */
  drop(count: number): void {
    this.#from += count;
  }

  #makeRoom(): void {
    const kept = this.#to - this.#from;
    const isTight = kept + CHUNK_BYTES > this.#buffer.length;
    const target = isTight ? Buffer.allocUnsafe(2 * this.#buffer.length) : this.#buffer;
    this.#buffer.copy(target, 0, this.#from, this.#to);
    this.#buffer = target;
    this.#from = 0;
    this.#to = kept;
  }

  close(): void {
    closeSync(this.#file);
  }
}

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Bytes of a byte order mark at the start of a file. */
export function bomLength(bytes: Buffer): number {
  return bytes.subarray(0, 3).equals(BOM) ? 3 : 0;
}
