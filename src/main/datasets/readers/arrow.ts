/**
 * An Arrow file in (IPC stream as `save_to_disk` writes it, or IPC file), batches of rows out, record
 * batch by record batch. `offset` counts rows: batches before it are passed over without decoding.
 */
import { createReadStream, ReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { LabError } from '../../../shared/errors.ts';
import type { SourceFile } from '../../../shared/model/import.ts';
import { classNames, plainValue, withClassNames } from './plain-value.ts';
import { BATCH_BYTES, type FileBatch, type FilePosition, type SourceItem } from './source.ts';

/** The IPC file form starts with this; the stream form starts with a length. */
const FILE_MAGIC = 'ARROW1';

export async function* readArrow(
  file: SourceFile,
  from: FilePosition,
  batchRows: number,
): AsyncGenerator<FileBatch> {
  const isFileForm = await hasFileMagic(file.path);
  const stream = createReadStream(file.path, { highWaterMark: 1 << 20 });
  const handle = isFileForm ? await open(file.path, 'r') : null;
  let seen = 0;
  try {
    const reader = await openReader(file.path, handle ?? stream);
    const classes = classNames(reader.schema.metadata.get('huggingface'));
    for await (const batch of batchesOf(reader)) {
      if (typeof batch === 'string') {
        const item: SourceItem = { kind: 'bad', line: seen + 1, reason: batch, excerpt: '' };
        yield { items: [item], next: { offset: seen + 1, line: seen + 1 }, bytesDone: file.bytes };
        return;
      }
      const start = seen;
      seen += batch.numRows;
      if (seen <= from.offset) continue;
      const first = Math.max(0, from.offset - start);
      const bytesDone = isFileForm ? (file.bytes * seen) / (seen + 1) : stream.bytesRead;
      for (const part of partsOf(batch, { first, start, classes, batchRows }))
        yield { ...part, bytesDone };
    }
    if (seen === 0) yield { items: [], next: { offset: 0, line: 0 }, bytesDone: file.bytes };
  } finally {
    stream.destroy();
    await handle?.close().catch(() => {});
  }
}

interface PartOptions {
  /** Row of the record batch to begin with. */
  readonly first: number;
  /** Rows of the file before this record batch. */
  readonly start: number;
  readonly classes: ReadonlyMap<string, readonly string[]>;
  readonly batchRows: number;
}

/** Rows of a record batch in pieces that fit one transaction. */
function* partsOf(
  batch: RecordBatch,
  { first, start, classes, batchRows }: PartOptions,
): Generator<Omit<FileBatch, 'bytesDone'>> {
  const size = batch.data.byteLength / Math.max(1, batch.numRows);
  const step = Math.max(1, Math.min(batchRows, Math.floor(BATCH_BYTES / Math.max(1, size))));
  const columns = batch.schema.fields.map((field, i) => ({
    name: field.name,
    vector: batch.getChildAt(i),
  }));
  for (let at = first; at < batch.numRows; at += step) {
    const items: SourceItem[] = [];
    const end = Math.min(batch.numRows, at + step);
    for (let row = at; row < end; row++) {
      const line = start + row + 1;
      try {
        const pairs = columns.map(({ name, vector }) => [name, jsonOf(vector?.get(row))]);
        const values: Record<string, unknown> = Object.fromEntries(pairs);
        items.push({ kind: 'row', values: withClassNames(values, classes), line });
      } catch (thrown) {
        const said = thrown instanceof Error ? thrown.message : String(thrown);
        items.push({ kind: 'bad', line, reason: `cannot be decoded: ${said}`, excerpt: '' });
      }
    }
    yield { items, next: { offset: start + end, line: start + end } };
  }
}

/** Struct rows have their fields behind `toJSON`; everything else is as in other column stores. */
function jsonOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return plainValue(value);
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (value instanceof Date || ArrayBuffer.isView(value)) return plainValue(value);
  if (
    'toJSON' in value &&
    typeof value.toJSON === 'function' &&
    !(Symbol.iterator in value && 'length' in value)
  ) {
    return fieldsOf(value.toJSON());
  }
  if (Symbol.iterator in value) {
    // Checked just above: an Arrow vector or a plain array.
    return Array.from(value as Iterable<unknown>, jsonOf);
  }
  return fieldsOf(value);
}

function fieldsOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return plainValue(value);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, jsonOf(inner)]));
}

/** @throws LabError `file/corrupt` */
async function openReader(
  name: string,
  source: ReadStream | FileHandle,
): Promise<RecordBatchReader> {
  try {
    const reader: RecordBatchReader =
      source instanceof ReadStream
        ? await RecordBatchReader.from(source)
        : await RecordBatchReader.from(source);
    await reader.open();
    // An empty or foreign stream opens without one.
    if (!reader.schema) throw new Error('it has no schema');
    return reader;
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('file/corrupt', `[arrow] ${name} cannot be read: ${said}`, { cause });
  }
}

/** Record batches; damage ends the file with the reason, as nothing behind it can be found. */
async function* batchesOf(reader: RecordBatchReader): AsyncGenerator<RecordBatch | string> {
  try {
    for await (const batch of reader) yield batch;
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    yield `the rest of the file cannot be read: ${said}`;
  }
}

async function hasFileMagic(name: string): Promise<boolean> {
  const handle = await open(name, 'r');
  try {
    const head = Buffer.alloc(FILE_MAGIC.length);
    await handle.read(head, 0, head.length, 0);
    return head.toString('latin1') === FILE_MAGIC;
  } finally {
    await handle.close();
  }
}
