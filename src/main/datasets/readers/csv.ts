/**
 * A CSV or TSV file in, batches of rows out. Records are cut by their quotes here, so that `offset` is
 * the byte after a record and one quote that is never closed costs one row and not the file; csv-parse
 * reads the fields. The first record names the columns. Every value is text; sniffing tells numbers.
 */

import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { SourceFile } from '../../../shared/model/import.ts';
import { ByteWindow, bomLength } from './byte-window.ts';
import {
  BATCH_BYTES,
  excerptOf,
  type FileBatch,
  type FilePosition,
  MAX_ROW_BYTES,
  type SourceItem,
} from './source.ts';

const [QUOTE, NEW_LINE, RETURN] = [0x22, 0x0a, 0x0d];
const HEAD_BYTES = 1 << 20;

interface Header {
  readonly columns: readonly string[];
  readonly delimiter: string;
  /** Byte after the header. */
  readonly end: number;
}

export async function* readCsv(
  file: SourceFile,
  from: FilePosition,
  batchRows: number,
): AsyncGenerator<FileBatch> {
  const header = readHeader(file.path);
  const window = new ByteWindow(file.path, Math.max(from.offset, header.end));
  const delimiter = header.delimiter.charCodeAt(0);
  try {
    let line = from.line;
    let items: SourceItem[] = [];
    let bytes = 0;
    for (;;) {
      const record = nextRecord(window, delimiter);
      if (record !== null && record.bytes.length > 0) {
        line++;
        bytes += record.bytes.length;
        items.push(itemOf(record, header, line));
      }
      if (record !== null && items.length < batchRows && bytes < BATCH_BYTES) continue;
      yield { items, next: { offset: window.offset, line }, bytesDone: window.offset };
      if (record === null) return;
      items = [];
      bytes = 0;
    }
  } finally {
    window.close();
  }
}

interface CsvRecord {
  readonly bytes: Buffer;
  /** A quote was opened and never closed: these bytes are the line it stands in. */
  readonly isUnclosed: boolean;
}

function itemOf(record: CsvRecord, header: Header, line: number): SourceItem {
  const bad = (reason: string): SourceItem => ({
    kind: 'bad',
    line,
    reason,
    excerpt: excerptOf(record.bytes.toString('latin1', 0, 800)),
  });
  if (record.isUnclosed) return bad('a quote is opened and never closed');
  if (record.bytes.length > MAX_ROW_BYTES) return bad('longer than 16 MB');
  if (!isUtf8(record.bytes)) return bad('not valid UTF-8');
  const text = record.bytes.toString('utf8');
  const fields = fieldsOf(text, header.delimiter);
  if (typeof fields === 'string') return bad(fields);
  if (fields.length !== header.columns.length) {
    return bad(`expected ${header.columns.length} fields as in the header, got ${fields.length}`);
  }
  // Empty is how a table writes "no value".
  const pairs = header.columns.map((name, i) => [name, fields[i] === '' ? null : fields[i]]);
  return { kind: 'row', values: Object.fromEntries(pairs), line };
}

/** @returns the reason when the record is no CSV. */
function fieldsOf(text: string, delimiter: string): string[] | string {
  if (!text.includes('"')) return text.split(delimiter);
  try {
    const rows: unknown = parse(text, { delimiter, relax_quotes: true, relax_column_count: true });
    const first: unknown = Array.isArray(rows) ? rows[0] : undefined;
    return Array.isArray(first) ? first.map(String) : 'no record here';
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    return `not valid CSV: ${said.split(':')[0]?.toLowerCase() ?? ''}`;
  }
}

/** @returns the column names; a name that is there twice gets a number. */
export function readHeader(path: string): Header {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, 'r');
  let size = 0;
  try {
    size = readSync(file, head, 0, HEAD_BYTES, 0);
  } finally {
    closeSync(file);
  }
  const bytes = head.subarray(0, size);
  const start = bomLength(bytes);
  const delimiter = delimiterOf(bytes.subarray(start));
  const window = bytes.subarray(start);
  const end = recordEnd(window, delimiter.charCodeAt(0)) ?? window.length;
  const text = trimReturn(window.subarray(0, end)).toString('utf8');
  const fields = fieldsOf(text, delimiter);
  const names = typeof fields === 'string' ? [] : fields;
  const seen = new Set<string>();
  const columns = names.map((raw, i) => {
    let name = raw.trim() === '' ? `column ${i + 1}` : raw.trim();
    for (let n = 2; seen.has(name); n++) name = `${raw.trim()} ${n}`;
    seen.add(name);
    return name;
  });
  return { columns, delimiter, end: start + Math.min(end + 1, window.length) };
}

/** The one of tab, comma and semicolon that the first line has most of. */
function delimiterOf(bytes: Buffer): string {
  const first = bytes.toString('latin1').split(/\r?\n/, 1)[0] ?? '';
  const counts = [',', '\t', ';'].map((mark) => ({ mark, count: first.split(mark).length - 1 }));
  const best = counts.reduce((a, b) => (b.count > a.count ? b : a));
  return best.mark;
}

/** Takes the next record off the window; null at the end of the file. */
function nextRecord(window: ByteWindow, delimiter: number): CsvRecord | null {
  for (;;) {
    const bytes = window.bytes;
    const end = recordEnd(bytes, delimiter);
    if (end !== undefined) {
      const record = Buffer.from(trimReturn(bytes.subarray(0, end)));
      window.drop(end + 1);
      return { bytes: record, isUnclosed: false };
    }
    if (window.isAtEnd || bytes.length > MAX_ROW_BYTES) {
      if (bytes.length === 0) return null;
      return lastResort(window, delimiter);
    }
    window.more();
  }
}

/** No end in sight: the last record of the file, or an open quote, which then costs its own line. */
function lastResort(window: ByteWindow, delimiter: number): CsvRecord {
  const bytes = window.bytes;
  const isWhole =
    window.isAtEnd && recordEnd(Buffer.concat([bytes, Buffer.from('\n')]), delimiter) !== undefined;
  const newLine = bytes.indexOf(NEW_LINE);
  const end = isWhole || newLine < 0 ? bytes.length : newLine;
  const record = Buffer.from(trimReturn(bytes.subarray(0, end)));
  window.drop(Math.min(end + 1, bytes.length));
  return { bytes: record, isUnclosed: !isWhole };
}

/** Index of the line break that ends the first record, undefined when it goes on behind `bytes`. */
function recordEnd(bytes: Buffer, delimiter: number): number | undefined {
  const line = bytes.indexOf(NEW_LINE);
  // Most records have no quote: one search for the line break is all they cost.
  if (line >= 0 && !bytes.subarray(0, line).includes(QUOTE)) return line;
  let isQuoted = false;
  let isFieldStart = true;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isQuoted) {
      if (byte !== QUOTE) continue;
      if (bytes[at + 1] === QUOTE) at++;
      else isQuoted = false;
    } else if (byte === NEW_LINE) return at;
    else if (byte === QUOTE && isFieldStart) isQuoted = true;
    isFieldStart = !isQuoted && byte === delimiter;
  }
  return undefined;
}

function trimReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
}
