/**
 * Reads what was appended to a file of JSON lines. A path and the offset of the last call come in;
 * complete lines with where they lie go out. A torn last line is not there yet.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface TailLine {
  /** undefined: the line is no JSON; it is counted and passed over. */
  readonly value: unknown;
  readonly start: number;
  readonly length: number;
}

export interface TailBlock {
  readonly lines: readonly TailLine[];
  /** Where the next call goes on. */
  readonly offset: number;
  /** More complete lines may follow at once. */
  readonly hasMore: boolean;
}

/** Read at once: a few milliseconds of parsing. */
const BLOCK_BYTES = 192 << 10;
/** A longer line is no line of ours. */
const MAX_LINE_BYTES = 256 << 20;
const NEWLINE = 0x0a;

/** Size of a file; undefined when there is none. */
function readableFile(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}

/** @returns undefined when the file is gone or shorter than `offset`: then everything is to be read anew. */
export function readBlock(path: string, offset: number): TailBlock | undefined {
  const file = readableFile(path);
  if (file === undefined) return offset === 0 ? { lines: [], offset, hasMore: false } : undefined;
  try {
    const { size } = fstatSync(file);
    if (size < offset) return undefined;
    if (size === offset) return { lines: [], offset, hasMore: false };
    let wanted = Math.min(BLOCK_BYTES, size - offset);
    for (;;) {
      const block = Buffer.alloc(wanted);
      const read = readSync(file, block, 0, wanted, offset);
      const end = block.subarray(0, read).lastIndexOf(NEWLINE);
      const isWhole = offset + read >= size;
      if (end >= 0) {
        return {
          lines: linesOf(block.subarray(0, end + 1), offset),
          offset: offset + end + 1,
          hasMore: !isWhole,
        };
      }
      if (isWhole || wanted >= MAX_LINE_BYTES) return { lines: [], offset, hasMore: false };
      wanted = Math.min(wanted * 8, MAX_LINE_BYTES, size - offset);
    }
  } finally {
    closeSync(file);
  }
}

function linesOf(block: Buffer, offset: number): TailLine[] {
  const lines: TailLine[] = [];
  for (let start = 0; start < block.length; ) {
    const end = block.indexOf(NEWLINE, start);
    const length = end - start;
    if (length > 0) {
      lines.push({ value: parsed(block, start, end), start: offset + start, length });
    }
    start = end + 1;
  }
  return lines;
}

function parsed(block: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(block.toString('utf8', start, end)) as unknown;
  } catch {
    return undefined;
  }
}

/** One line that an index knows the place of. @returns undefined when the file is no longer the same. */
export function readLineAt(path: string, start: number, length: number): unknown {
  const file = readableFile(path);
  if (file === undefined) return undefined;
  try {
    const line = Buffer.alloc(length);
    const read = readSync(file, line, 0, length, start);
    return read === length ? parsed(line, 0, length) : undefined;
  } finally {
    closeSync(file);
  }
}
