/**
 * Append-only JSON lines. Objects come in, complete lines go out; a line torn by a crash was never
 * acknowledged: readers skip it and the next writer cuts it off.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { LabError } from '../../shared/errors.ts';

const NEWLINE = 0x0a;
/** Read backwards in blocks of this size when looking for the last complete line. */
const BLOCK_BYTES = 65_536;

export class JsonLinesWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a+');
    cutTornLine(this.#file);
  }

  /** Appends one line in a single write. `isDurable` also waits for the disk. */
  append(row: object, options: { readonly isDurable?: boolean } = {}): void {
    const line = Buffer.from(`${JSON.stringify(row)}\n`);
    // O_APPEND: the position is always the end; a short write can only happen on a full disk.
    if (writeSync(this.#file, line) !== line.length) {
      throw new LabError('file/write-failed', '[run] the disk took only part of a line', {
        hint: 'Free some space and resume the run.',
      });
    }
    if (options.isDurable) fsyncSync(this.#file);
  }

  sync(): void {
    fsyncSync(this.#file);
  }

  dispose(): void {
    closeSync(this.#file);
  }
}

/**
 * All complete lines of a file, parsed; none where there is no file.
 * @throws LabError `file/corrupt` for a complete line that is not JSON.
 */
export function readJsonLines(path: string): unknown[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  const lines = text.split('\n');
  // What follows the last newline is empty or torn.
  lines.pop();
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (cause) {
      throw new LabError('file/corrupt', `[run] ${path} line ${index + 1} is not JSON`, { cause });
    }
  });
}

function cutTornLine(file: number): void {
  let end = fstatSync(file).size;
  const block = Buffer.alloc(BLOCK_BYTES);
  while (end > 0) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const length = readSync(file, block, 0, end - start, start);
    const last = block.subarray(0, length).lastIndexOf(NEWLINE);
    if (last >= 0) {
      ftruncateSync(file, start + last + 1);
      return;
    }
    end = start;
  }
  ftruncateSync(file, 0);
}
