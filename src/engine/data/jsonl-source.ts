/**
 * A JSONL file as a source of items, one object a line as in shared/protocol/rows.ts: `prompt` (or
 * `question`, or `messages`), `images` or `frames`, `answer` (or `solution`), `verifier`, `completion`
 * (or `chosen`), `rejected`, `world`. Rows are found by byte offset; nothing but the row in hand is in
 * memory.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LabError } from '../../shared/errors.ts';
import type { Item, ItemSource } from './item.ts';
import { rowItem } from './row-item.ts';

const MAX_ROW_BYTES = 16 * 2 ** 20;
const CHUNK_BYTES = 1 << 20;

interface DataFile {
  readonly path: string;
  /** Folder that pictures are named from; undefined = that of the file. */
  readonly mediaRoot?: string | undefined;
}

/** @throws LabError `file/missing`; rows are checked when they are read: `dataset/bad-row`, `image/*` */
export function jsonlSource(path: string, mediaRoot?: string): ItemSource {
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new LabError('file/missing', `no data file at ${path}`, { hint: 'give a JSONL file' });
  }
  if (mediaRoot !== undefined && !existsSync(mediaRoot)) {
    throw new LabError('file/missing', `no media folder at ${mediaRoot}`);
  }
  const rows = indexLines(path);
  return {
    count: rows.length,
    async at(index) {
      const row = rows[index];
      if (row === undefined) throw new RangeError(`no row ${index}`);
      return readItem({ path, mediaRoot }, index, row);
    },
  };
}

interface LineSpan {
  readonly start: number;
  readonly end: number;
}

function indexLines(path: string): LineSpan[] {
  const file = openSync(path, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const spans: LineSpan[] = [];
  let start = 0;
  let position = 0;
  /** Whether the line so far holds more than white space. */
  let isFilled = false;
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      for (let i = 0; i < read; i++) {
        const byte = chunk[i] ?? 0;
        if (byte > 0x20) isFilled = true;
        if (byte !== 0x0a) continue;
        if (isFilled) spans.push({ start, end: position + i });
        start = position + i + 1;
        isFilled = false;
      }
      position += read;
    }
  } finally {
    closeSync(file);
  }
  if (isFilled) spans.push({ start, end: position });
  return spans;
}

async function readItem(file: DataFile, index: number, span: LineSpan): Promise<Item> {
  const { path, mediaRoot } = file;
  const name = `${path}, row ${index + 1}`;
  const bad = (problem: string, cause?: unknown) =>
    new LabError('dataset/bad-row', `${name}: ${problem}`, { cause });
  if (span.end - span.start > MAX_ROW_BYTES) throw bad(`longer than ${MAX_ROW_BYTES} bytes`);
  const bytes = Buffer.alloc(span.end - span.start);
  const handle = openSync(path, 'r');
  try {
    readSync(handle, bytes, 0, bytes.length, span.start);
  } finally {
    closeSync(handle);
  }
  let json: unknown;
  try {
    // Some editors begin a file with a byte order mark.
    json = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw bad('expected one JSON object', cause);
  }
  return rowItem(json, { root: mediaRoot ?? dirname(path), name, fallbackId: String(index) });
}
