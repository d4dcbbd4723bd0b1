/**
 * A Parquet file in, batches of rows out, row group by row group and large groups in windows of rows
 * (with the page index where the file has one). `offset` is the number of rows behind us. Columns of
 * pictures keep their `{bytes, path}` form.
 */
import { open } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { LabError } from '../../../shared/errors.ts';
import type { SourceFile } from '../../../shared/model/import.ts';
import { classNames, plainValue, withClassNames } from './plain-value.ts';
import { BATCH_BYTES, type FileBatch, type FilePosition, type SourceItem } from './source.ts';

/** Uncompressed bytes that are decoded at a time. */
const WINDOW_BYTES = 64 * 2 ** 20;
/** Compressed bytes of a row group without a page index: they are read as a whole. */
const MAX_GROUP_BYTES = 1.5 * 2 ** 30;
/** A page that claims to be larger is no page of a data set. */
const MAX_PAGE_BYTES = 512 * 2 ** 20;

/** What the end of a Parquet file says about it. */
export interface ParquetHead {
  readonly metadata: FileMetaData;
  readonly rows: number;
  readonly columns: readonly string[];
  readonly classes: ReadonlyMap<string, readonly string[]>;
}

/** @throws LabError `file/corrupt` */
export async function readParquetHead(path: string): Promise<ParquetHead> {
  return await withFile(path, (file) => headOf(path, file));
}

export async function* readParquet(
  file: SourceFile,
  from: FilePosition,
  batchRows: number,
): AsyncGenerator<FileBatch> {
  const handle = await open(file.path, 'r');
  try {
    const buffer = asyncBuffer(handle, (await handle.stat()).size);
    const head = await headOf(file.path, buffer);
    for (const window of windowsOf(head.metadata, from.offset)) {
      const items = window.problem ?? (await readWindow(buffer, head, window));
      const size = window.bytes / Math.max(1, items.length);
      const step = Math.max(1, Math.min(batchRows, Math.floor(BATCH_BYTES / Math.max(1, size))));
      for (let at = 0; at < items.length; at += step) {
        const part = items.slice(at, at + step);
        const offset = window.start + at + part.length;
        const bytesDone = head.rows === 0 ? 0 : Math.floor((file.bytes * offset) / head.rows);
        yield { items: part, next: { offset, line: offset }, bytesDone };
      }
    }
  } finally {
    await handle.close();
  }
}

async function headOf(name: string, file: AsyncBuffer): Promise<ParquetHead> {
  try {
    const metadata = await parquetMetadataAsync(file);
    const rows = Number(metadata.num_rows);
    const counted = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
    if (!Number.isSafeInteger(rows) || rows < 0 || rows !== counted) {
      throw new Error(`its groups have ${counted} rows and its footer says ${rows}`);
    }
    const huggingface = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface');
    return {
      metadata,
      rows,
      columns: columnsOf(metadata),
      classes: classNames(huggingface?.value),
    };
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new LabError('file/corrupt', `[parquet] ${name} cannot be read: ${said}`, { cause });
  }
}

/** Names of the top-level columns: the children of the root element. */
function columnsOf(metadata: FileMetaData): string[] {
  const names: string[] = [];
  const root = metadata.schema[0];
  let at = 1;
  const skip = (): void => {
    const element = metadata.schema[at++];
    for (let i = 0; i < (element?.num_children ?? 0); i++) skip();
  };
  for (let i = 0; i < (root?.num_children ?? 0); i++) {
    const element = metadata.schema[at];
    if (element === undefined) break;
    names.push(element.name);
    skip();
  }
  return names;
}

interface RowWindow {
  readonly start: number;
  readonly end: number;
  /** Uncompressed. */
  readonly bytes: number;
  /** Set instead of reading it. */
  readonly problem?: readonly SourceItem[];
}

function* windowsOf(metadata: FileMetaData, from: number): Generator<RowWindow> {
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const groupEnd = groupStart + rows;
    if (groupEnd > from && rows > 0) {
      const bytes = Math.max(1, Number(group.total_byte_size));
      const step = Math.max(1, Math.min(rows, Math.floor((rows * WINDOW_BYTES) / bytes)));
      const hasIndex = group.columns.every((column) => column.offset_index_offset !== undefined);
      const packed = group.columns.reduce(
        (sum, column) => sum + Number(column.meta_data?.total_compressed_size ?? 0),
        0,
      );
      const first = Math.max(groupStart, from);
      if (packed > MAX_GROUP_BYTES && !hasIndex) {
        const reason = `a row group of ${Math.round(packed / 2 ** 20)} MB without a page index: write it with smaller row groups`;
        yield { start: first, end: groupEnd, bytes, problem: badRows(first, groupEnd, reason) };
      } else {
        for (let start = first; start < groupEnd; start += step) {
          const end = Math.min(groupEnd, start + step);
          yield { start, end, bytes: (bytes * (end - start)) / rows };
        }
      }
    }
    groupStart = groupEnd;
  }
}

async function readWindow(
  file: AsyncBuffer,
  head: ParquetHead,
  window: RowWindow,
): Promise<readonly SourceItem[]> {
  try {
    const rows = await parquetReadObjects({
      file,
      metadata: head.metadata,
      rowStart: window.start,
      rowEnd: window.end,
      compressors: limitedCompressors,
      useOffsetIndex: true,
      // Bytes stay bytes; only columns that say they are text become text.
      utf8: false,
    });
    if (rows.length !== window.end - window.start) {
      throw new Error(`${rows.length} rows where ${window.end - window.start} were expected`);
    }
    return rows.map((row, i): SourceItem => {
      const pairs = Object.entries(row).map(([name, value]) => [name, plainValue(value)]);
      const values: Record<string, unknown> = Object.fromEntries(pairs);
      return {
        kind: 'row',
        values: withClassNames(values, head.classes),
        line: window.start + i + 1,
      };
    });
  } catch (thrown) {
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    return badRows(window.start, window.end, `this part of the file cannot be read: ${said}`);
  }
}

function badRows(start: number, end: number, reason: string): SourceItem[] {
  return Array.from({ length: end - start }, (_, i) => ({
    kind: 'bad',
    line: start + i + 1,
    reason,
    excerpt: '',
  }));
}

async function withFile<T>(name: string, work: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  const handle = await open(name, 'r');
  try {
    return await work(asyncBuffer(handle, (await handle.stat()).size));
  } finally {
    await handle.close();
  }
}

function asyncBuffer(handle: Awaited<ReturnType<typeof open>>, size: number): AsyncBuffer {
  return {
    byteLength: size,
    async slice(start, end = size) {
      if (start < 0 || end > size || end < start) {
        throw new RangeError(`bytes ${start}..${end} of a file of ${size} bytes`);
      }
      const bytes = new Uint8Array(end - start);
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
      if (bytesRead !== bytes.length) throw new RangeError('the file ends too early');
      return bytes.buffer;
    },
  };
}

/** Node's own decompressors where it has them, all of them with a limit on what comes out. */
const limitedCompressors: Compressors = Object.fromEntries(
  Object.entries({
    ...compressors,
    GZIP: (input: Uint8Array, length: number) => gunzipSync(input, { maxOutputLength: length }),
    ZSTD: (input: Uint8Array, length: number) =>
      zstdDecompressSync(input, { maxOutputLength: length }),
    BROTLI: (input: Uint8Array, length: number) =>
      brotliDecompressSync(input, { maxOutputLength: length }),
  } satisfies Compressors).map(([name, decompress]) => [
    name,
    (input: Uint8Array, length: number) => {
      if (length > MAX_PAGE_BYTES) throw new RangeError(`a page of ${length} bytes`);
      return length === 0 ? new Uint8Array() : decompress(input, length);
    },
  ]),
);
