/**
 * A JSON file with one list of objects in, batches of rows out, element by element: the list itself is
 * never in memory. Also reads `{"data": [...]}` (the first list of objects inside an object). `offset`
 * is the byte after the last element that was read.
 */
import { isUtf8 } from 'node:buffer';
import type { SourceFile } from '../../../shared/model/import.ts';
import { ByteWindow, bomLength } from './byte-window.ts';
import { parseJsonRow } from './json-text.ts';
import { tooLong } from './jsonl.ts';
import {
  BATCH_BYTES,
  excerptOf,
  type FileBatch,
  type FilePosition,
  MAX_ROW_BYTES,
  type SourceItem,
} from './source.ts';

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

export async function* readJsonArray(
  file: SourceFile,
  from: FilePosition,
  batchRows: number,
): AsyncGenerator<FileBatch> {
  const window = new ByteWindow(file.path, from.offset);
  try {
    let line = from.line;
    const notes: string[] = [];
    if (from.offset === 0) openList(window);
    let items: SourceItem[] = [];
    let bytes = 0;
    for (;;) {
      const element = nextElement(window);
      if (element.kind === 'end') {
        if (!element.isClosed) {
          line++;
          items.push(bad(line, 'the file ends in the middle of its list', element.excerpt));
        }
        yield { items, next: { offset: window.offset, line }, bytesDone: window.offset, notes };
        return;
      }
      line++;
      bytes += element.size;
      items.push(itemOf(element, line, notes));
      if (items.length < batchRows && bytes < BATCH_BYTES) continue;
      yield { items, next: { offset: window.offset, line }, bytesDone: window.offset, notes };
      items = [];
      notes.length = 0;
      bytes = 0;
    }
  } finally {
    window.close();
  }
}

type Element =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly size: number }
  | { readonly kind: 'too-long'; readonly excerpt: string; readonly size: number }
  | { readonly kind: 'end'; readonly isClosed: boolean; readonly excerpt: string };

function itemOf(
  element: Exclude<Element, { kind: 'end' }>,
  line: number,
  notes: string[],
): SourceItem {
  if (element.kind === 'too-long') return bad(line, tooLong(), element.excerpt);
  if (!isUtf8(element.bytes)) {
    return bad(line, 'not valid UTF-8', element.bytes.toString('latin1', 0, 200));
  }
  const text = element.bytes.toString('utf8');
  const row = parseJsonRow(text);
  if (row.kind === 'bad') return bad(line, row.reason, text);
  if (row.nonFinite > 0)
    notes.push('NaN and Infinity, which JSON does not have, are read as null.');
  return { kind: 'row', values: row.values, line };
}

function bad(line: number, reason: string, excerpt: string): SourceItem {
  return { kind: 'bad', line, reason, excerpt: excerptOf(excerpt) };
}

/** Moves the window behind the `[` of the list of rows. */
function openList(window: ByteWindow): void {
  window.more();
  window.drop(bomLength(window.bytes));
  for (let at = 0; ; at++) {
    if (at >= window.bytes.length) {
      if (window.isAtEnd || at > MAX_ROW_BYTES) {
        window.drop(window.bytes.length);
        return;
      }
      window.more();
    }
    const byte = window.bytes[at];
    if (byte === QUOTE) at = skipString(window, at);
    else if (byte === OPEN_LIST && nextVisible(window, at + 1) === OPEN_OBJECT) {
      window.drop(at + 1);
      return;
    } else if (byte === OPEN_LIST && at === firstVisible(window)) {
      window.drop(at + 1);
      return;
    }
  }
}

function firstVisible(window: ByteWindow): number {
  return window.bytes.findIndex((byte) => byte > 0x20);
}

function nextVisible(window: ByteWindow, from: number): number | undefined {
  for (let at = from; ; at++) {
    if (at >= window.bytes.length) {
      if (window.isAtEnd || at - from > 1 << 16) return undefined;
      window.more();
    }
    const byte = window.bytes[at];
    if (byte !== undefined && byte > 0x20) return byte;
  }
}

/** Index of the closing quote of the string that opens at `start`. */
function skipString(window: ByteWindow, start: number): number {
  for (let at = start + 1; ; at++) {
    if (at >= window.bytes.length) {
      if (window.isAtEnd) return at;
      window.more();
    }
    const byte = window.bytes[at];
    if (byte === BACKSLASH) at++;
    else if (byte === QUOTE) return at;
  }
}

/**
 * Takes the next element off the window. Only brackets and strings are followed; whether the element
 * is valid JSON is found out when it is parsed.
 */
function nextElement(window: ByteWindow): Element {
  const scan = new ElementScan();
  let at = 0;
  let dropped = 0;
  let head = '';
  for (;;) {
    const bytes = window.bytes;
    const end = scan.run(bytes, at);
    if (end >= 0) {
      const size = dropped + end;
      const closes = bytes[end] === CLOSE_LIST;
      const element = Buffer.from(bytes.subarray(0, end));
      if (closes && dropped === 0 && element.every((byte) => byte <= 0x20)) {
        window.drop(end);
        return { kind: 'end', isClosed: true, excerpt: '' };
      }
      // The bracket stays, so that a further call finds the end.
      window.drop(closes ? end : end + 1);
      if (dropped > 0) return { kind: 'too-long', excerpt: head, size };
      return { kind: 'bytes', bytes: element, size };
    }
    at = bytes.length;
    if (window.isAtEnd) {
      const excerpt = head + bytes.toString('latin1', 0, 200);
      window.drop(bytes.length);
      return { kind: 'end', isClosed: false, excerpt };
    }
    if (at > MAX_ROW_BYTES) {
      head ||= bytes.toString('latin1', 0, 200);
      dropped += at;
      window.drop(at);
      at = 0;
    }
    window.more();
  }
}

class ElementScan {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;

  /** @returns the index of the comma or bracket that ends the element, -1 when it goes on. */
  run(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at];
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isInString = false;
      } else if (byte === QUOTE) this.#isInString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (this.#depth > 0) this.#depth--;
        // A brace too many is left to the parser, which says so.
        else if (byte === CLOSE_LIST) return at;
      } else if (byte === COMMA && this.#depth === 0) return at;
    }
    return -1;
  }
}
