/**
 * What every reader of a file form gives: batches of source rows, each batch with the position to go
 * on from. Nothing but the batch in hand is in memory. A row that cannot be read is an item of its own
 * with the reason; a reader throws only when the file as a whole cannot be opened.
 */
import type { SourceFile } from '../../../shared/model/import.ts';

/** One row of the source as it was read, before any mapping. */
export interface SourceRow {
  readonly kind: 'row';
  readonly values: Readonly<Record<string, unknown>>;
  /** Line, record, entry or row within its file, from 1. */
  readonly line: number;
}

export interface UnreadableRow {
  readonly kind: 'bad';
  readonly line: number;
  readonly reason: string;
  readonly excerpt: string;
}

export type SourceItem = SourceRow | UnreadableRow;

/** Where to go on within a file; what `offset` counts is up to the reader. */
export interface FilePosition {
  /** Bytes, rows, record batches or entries that are behind us. */
  readonly offset: number;
  /** Rows of this file that are behind us, good and bad. */
  readonly line: number;
}

export interface FileBatch {
  readonly items: readonly SourceItem[];
  readonly next: FilePosition;
  /** Bytes of this file that are behind us, for the progress bar. */
  readonly bytesDone: number;
  /** Sentences for the person, such as numbers that JSON does not have. */
  readonly notes?: readonly string[];
}

/** Reads one file from a position, in batches of at most so many rows. */
export type FileReader = (
  file: SourceFile,
  from: FilePosition,
  batchRows: number,
) => AsyncGenerator<FileBatch>;

export const START: FilePosition = { offset: 0, line: 0 };

/** A longer row is refused: it is held in memory as a whole. The engine has the same limit. */
export const MAX_ROW_BYTES = 16 * 2 ** 20;
/** Rows of one batch, and so of one transaction. */
export const BATCH_ROWS = 2000;
/** Where rows name pictures, each of which is read and stored: a cancelled import should stop soon. */
export const MEDIA_BATCH_ROWS = 100;
/** Source bytes after which a batch ends early. */
export const BATCH_BYTES = 8 * 2 ** 20;
export const EXCERPT_CHARS = 200;

/** Something shown of a row that cannot be read: one line, shortened, no control characters. */
export function excerptOf(value: unknown): string {
  const text = typeof value === 'string' ? value.slice(0, 4 * EXCERPT_CHARS) : shown(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const line = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  return line.length > EXCERPT_CHARS ? `${line.slice(0, EXCERPT_CHARS)}...` : line;
}

/** JSON of a value with its bytes and long texts cut before they are turned into text. */
function shown(value: unknown): string {
  try {
    const text = JSON.stringify(value, (_key, inner: unknown) => {
      if (inner instanceof Uint8Array) return `(${inner.byteLength} bytes)`;
      if (typeof inner === 'bigint') return String(inner);
      if (typeof inner === 'string' && inner.length > EXCERPT_CHARS) {
        return `${inner.slice(0, EXCERPT_CHARS)}...`;
      }
      return inner;
    });
    return text ?? String(value);
  } catch {
    return '(nested too deeply to be shown)';
  }
}
