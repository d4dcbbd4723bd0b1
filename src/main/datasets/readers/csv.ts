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
    let records: CsvRecord[] = [];
    let bytes = 0;
    for (;;) {
      const record = nextRecord(window, delimiter);
      if (record !== null && record.bytes.length > 0) {
        bytes += record.bytes.length;
        records.push(record);
      }
      if (record !== null && records.length < batchRows && bytes < BATCH_BYTES) continue;
      const items = itemsOf(records, header, line);
      line += records.length;
      yield { items, next: { offset: window.offset, line }, bytesDone: window.offset };
      if (record === null) return;
      records = [];
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

function itemsOf(records: readonly CsvRecord[], header: Header, before: number): SourceItem[] {
  const texts = records.map(textOf);
  const fields = fieldsOfAll(
    texts.map((text) => (typeof text === 'string' ? text : '')),
    header.delimiter,
  );
  return records.map(({ bytes }, i): SourceItem => {
    const text = texts[i];
    const row = typeof text === 'string' ? rowOf(fields[i] ?? [], header) : (text?.reason ?? '');
    const line = before + i + 1;
    if (typeof row !== 'string') return { kind: 'row', values: row, line };
    return { kind: 'bad', line, reason: row, excerpt: excerptOf(bytes.toString('latin1', 0, 800)) };
  });
}

/** The text of a record, or why it has none. */
function textOf({ bytes, isUnclosed }: CsvRecord): string | { readonly reason: string } {
  if (isUnclosed) return { reason: 'a quote is opened and never closed' };
  if (bytes.length > MAX_ROW_BYTES) return { reason: 'longer than 16 MB' };
  return isUtf8(bytes) ? bytes.toString('utf8') : { reason: 'not valid UTF-8' };
}

/** @returns the reason when the fields are no row of this table. */
function rowOf(fields: string[] | string, header: Header): Record<string, unknown> | string {
  if (typeof fields === 'string') return fields;
  if (fields.length !== header.columns.length) {
    return `expected ${header.columns.length} fields as in the header, got ${fields.length}`;
  }
  // Empty is how a table writes "no value".
  const pairs = header.columns.map((name, i) => [name, fields[i] === '' ? null : fields[i]]);
  return Object.fromEntries(pairs);
}

/** Fields of many records; those with quotes go through csv-parse together, which is far quicker. */
function fieldsOfAll(texts: readonly string[], delimiter: string): (string[] | string)[] {
  const quoted = texts.filter((text) => text.includes('"'));
  const parsed = parseAll(quoted, delimiter);
  let next = 0;
  return texts.map((text) => {
    if (!text.includes('"')) return text.split(delimiter);
    // One record that is no CSV would shift the others: then each is read by itself.
    return parsed?.[next++] ?? fieldsOf(text, delimiter);
  });
}

function parseAll(texts: readonly string[], delimiter: string): string[][] | null {
  try {
    const rows = parse(texts.join('\n'), { ...OPTIONS, delimiter, record_delimiter: '\n' });
    return rows.length === texts.length ? rows : null;
  } catch {
    return null;
  }
}

const OPTIONS = { relax_quotes: true, relax_column_count: true } as const;

/** @returns the reason when the record is no CSV. */
function fieldsOf(text: string, delimiter: string): string[] | string {
  if (!text.includes('"')) return text.split(delimiter);
  try {
    return parse(text, { ...OPTIONS, delimiter })[0] ?? 'no record here';
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
