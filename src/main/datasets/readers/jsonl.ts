/**
 * A JSONL file in, batches of rows out: one object a line, empty lines skipped. `offset` is the byte
 * after the last line that was read, so an import goes on without reading what is behind it.
 */
import { isUtf8 } from 'node:buffer';
import type { SourceFile } from '../../../shared/model/import.ts';
import { ByteWindow, bomLength } from './byte-window.ts';
import { parseJsonRow } from './json-text.ts';
import {
  BATCH_BYTES,
  excerptOf,
  type FileBatch,
  type FilePosition,
  MAX_ROW_BYTES,
  type SourceItem,
} from './source.ts';

const NEW_LINE = 0x0a;

export async function* readJsonl(
  file: SourceFile,
  from: FilePosition,
  batchRows: number,
): AsyncGenerator<FileBatch> {
  const window = new ByteWindow(file.path, from.offset);
  const batch = new LineBatch(from.line, batchRows);
  try {
    window.more();
    if (window.offset === 0) window.drop(bomLength(window.bytes));
    for (;;) {
      const end = window.bytes.indexOf(NEW_LINE);
      if (end >= 0) {
        batch.addLines(window);
      } else if (window.isAtEnd) {
        if (window.bytes.length > 0) batch.addLine(window.bytes);
        window.drop(window.bytes.length);
      } else if (window.bytes.length > MAX_ROW_BYTES) {
        batch.addTooLong(window);
      } else {
        window.more();
        continue;
      }
      const isDone = window.isAtEnd && window.bytes.length === 0;
      if (batch.isFull || isDone) {
        const next = { offset: window.offset, line: batch.line };
        yield { ...batch.take(), next, bytesDone: window.offset };
      }
      if (isDone) return;
    }
  } finally {
    window.close();
  }
}

/** Collects rows until a batch is full. */
class LineBatch {
  #items: SourceItem[] = [];
  #bytes = 0;
  #nonFinite = 0;
  readonly #limit: number;
  #line: number;

  constructor(line: number, limit: number) {
    this.#line = line;
    this.#limit = limit;
  }

  get line(): number {
    return this.#line;
  }

  get isFull(): boolean {
    return this.#items.length >= this.#limit || this.#bytes >= BATCH_BYTES;
  }

  take(): Pick<FileBatch, 'items' | 'notes'> {
    const items = this.#items;
    const notes =
      this.#nonFinite > 0 ? ['NaN and Infinity, which JSON does not have, are read as null.'] : [];
    this.#items = [];
    this.#bytes = 0;
    this.#nonFinite = 0;
    return { items, notes };
  }

  /** Whole lines at the front of the window, as many as still fit. */
  addLines(window: ByteWindow): void {
    const bytes = window.bytes;
    let start = 0;
    for (let end = bytes.indexOf(NEW_LINE); end >= 0 && !this.isFull; ) {
      this.addLine(bytes.subarray(start, end));
      start = end + 1;
      end = bytes.indexOf(NEW_LINE, start);
    }
    window.drop(start);
  }

  addLine(bytes: Buffer): void {
    this.#line++;
    this.#bytes += bytes.length;
    if (bytes.length > MAX_ROW_BYTES) {
      this.#bad(tooLong(), bytes.toString('latin1', 0, 200));
      return;
    }
    if (!isUtf8(bytes)) {
      this.#bad('not valid UTF-8', bytes.toString('latin1', 0, 200));
      return;
    }
    const text = bytes.toString('utf8');
    if (isBlank(text)) return;
    const row = parseJsonRow(text);
    if (row.kind === 'bad') {
      this.#bad(row.reason, text);
      return;
    }
    if (row.nonFinite > 0) this.#nonFinite++;
    this.#items.push({ kind: 'row', values: row.values, line: this.#line });
  }

  /** Drops a line that does not fit into memory, up to its end. */
  addTooLong(window: ByteWindow): void {
    this.#line++;
    this.#bad(tooLong(), window.bytes.toString('latin1', 0, 200));
    for (;;) {
      const end = window.bytes.indexOf(NEW_LINE);
      if (end >= 0) {
        window.drop(end + 1);
        return;
      }
      window.drop(window.bytes.length);
      if (window.isAtEnd) return;
      window.more();
    }
  }

  #bad(reason: string, excerpt: string): void {
    this.#items.push({ kind: 'bad', line: this.#line, reason, excerpt: excerptOf(excerpt) });
  }
}

function isBlank(text: string): boolean {
  // A row starts with a brace; only other lines are looked at closely.
  return text.charCodeAt(0) !== 0x7b && text.trim() === '';
}

export function tooLong(): string {
  return `longer than ${MAX_ROW_BYTES / 2 ** 20} MB: put pictures into files beside the data`;
}
