/**
 * A WebDataset shard in (tar or tar.gz), batches of rows out: entries that share the text before the
 * first dot of their name are one row, the endings are its columns. `offset` counts rows: a resumed
 * import passes over them. Nothing is unpacked to disk, so names of entries are only names.
 */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import type { SourceFile } from '../../../shared/model/import.ts';
import { parseJsonRow } from './json-text.ts';
import {
  BATCH_BYTES,
  excerptOf,
  type FileBatch,
  type FilePosition,
  type SourceItem,
} from './source.ts';

/** Media may be larger than a row of text: a picture or a clip is one entry. */
const MAX_ENTRY_BYTES = 256 * 2 ** 20;
/** Unpacked bytes per packed byte; text reaches 20, a bomb a thousand. */
const MAX_RATIO = 100;
const MAX_ENTRIES_PER_ROW = 1000;

const MEDIA =
  /^(?:.*\.)?(?:jpe?g|png|webp|gif|avif|bmp|tiff?|ppm|mp4|webm|mov|avi|wav|mp3|flac|ogg)$/;
const TEXT =
  /^(?:.*\.)?(?:txt|text|caption|json|jsonl|cls|cls2|index|id|csv|tsv|md|html|xml|yaml|yml)$/;

export async function* readWebDataset(
  file: SourceFile,
  from: FilePosition,
  batchRows: number,
): AsyncGenerator<FileBatch> {
  const input = createReadStream(file.path, { highWaterMark: 1 << 20 });
  const tar = extract();
  const isPacked = /\.(?:tgz|gz)$/i.test(file.path);
  // Errors of the input end the tar stream, where the loop below meets them.
  input.on('error', (error) => tar.destroy(error));
  if (isPacked) {
    const gunzip = createGunzip();
    gunzip.on('error', (error) => tar.destroy(error));
    input.pipe(gunzip).pipe(tar);
  } else {
    input.pipe(tar);
  }
  const rows = new RowsOfEntries(from.offset, batchRows);
  let unpacked = 0;
  try {
    for await (const entry of tar) {
      unpacked += entry.header.size ?? 0;
      if (isPacked && unpacked > MAX_RATIO * file.bytes + MAX_ENTRY_BYTES) {
        throw new Error('it unpacks to far more than a data set does');
      }
      await rows.add(entry.header, entry);
      if (rows.isFull) yield { ...rows.take(), bytesDone: input.bytesRead };
    }
    rows.endRow();
  } catch (thrown) {
    rows.endRow('the archive ends in the middle of this row');
    const said = thrown instanceof Error ? thrown.message : String(thrown);
    rows.fail(`the rest of the archive cannot be read: ${said.toLowerCase()}`);
  } finally {
    input.destroy();
    tar.destroy();
  }
  yield { ...rows.take(), bytesDone: file.bytes };
}

/** Gathers entries into rows. */
class RowsOfEntries {
  readonly #skip: number;
  readonly #limit: number;
  #items: SourceItem[] = [];
  #bytes = 0;
  #line = 0;
  #key: string | null = null;
  #values: [string, unknown][] = [];
  #problem: string | null = null;

  constructor(skip: number, limit: number) {
    this.#skip = skip;
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#items.length >= this.#limit || this.#bytes >= BATCH_BYTES;
  }

  take(): Omit<FileBatch, 'bytesDone'> {
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    return { items, next: { offset: this.#line, line: this.#line } };
  }

  /** Adds one entry; a new key ends the row before it. Always reads the entry to its end. */
  async add(header: Header, body: AsyncIterable<unknown>): Promise<void> {
    if (header.type === 'directory' || header.type?.startsWith('pax') === true) {
      await drain(body);
      return;
    }
    const { key, ending } = splitName(header.name);
    if (key !== this.#key) {
      this.endRow();
      this.#key = key;
    }
    const isBehind = this.#line < this.#skip;
    const problem = problemOf(header);
    if (problem !== null) this.#problem ??= problem;
    if (this.#values.length >= MAX_ENTRIES_PER_ROW)
      this.#problem ??= 'more than 1000 entries of one name';
    if (isBehind || problem !== null || this.#problem !== null) {
      await drain(body);
      return;
    }
    const bytes = await contentOf(body);
    this.#bytes += bytes.length;
    const value = columnsOf(ending, header.name, bytes);
    if (typeof value === 'string') this.#problem ??= value;
    else this.#values.push(...value.pairs);
  }

  endRow(problem: string | null = null): void {
    if (this.#key === null) return;
    this.#problem ??= problem;
    this.#line++;
    if (this.#line > this.#skip) this.#items.push(this.#item(this.#key));
    this.#key = null;
    this.#values = [];
    this.#problem = null;
  }

  fail(reason: string): void {
    this.#line++;
    this.#items.push({ kind: 'bad', line: this.#line, reason, excerpt: '' });
  }

  #item(key: string): SourceItem {
    if (this.#problem !== null) {
      return { kind: 'bad', line: this.#line, reason: this.#problem, excerpt: excerptOf(key) };
    }
    const values = Object.fromEntries([['__key__', key], ...this.#values]);
    return { kind: 'row', values, line: this.#line };
  }
}

function problemOf(header: Header): string | null {
  const name = header.name;
  if (header.type === 'symlink' || header.type === 'link') {
    return `${excerptOf(name)} is a link to ${excerptOf(header.linkname ?? 'nothing')}, which is not followed`;
  }
  if (header.type !== 'file' && header.type !== 'contiguous-file') {
    return `${excerptOf(name)} is no file but a ${String(header.type)}`;
  }
  if (name.startsWith('/') || name.includes('\0') || name.split(/[/\\]/).includes('..')) {
    return `${excerptOf(name)} leads out of the archive`;
  }
  if ((header.size ?? 0) > MAX_ENTRY_BYTES) {
    return `${excerptOf(name)} has ${header.size} bytes, at most ${MAX_ENTRY_BYTES} are read`;
  }
  return null;
}

/** `a/b.c.jpg` is the ending `c.jpg` of the row `a/b`. */
function splitName(name: string): { key: string; ending: string } {
  const slash = name.lastIndexOf('/') + 1;
  const dot = name.indexOf('.', slash);
  if (dot <= slash) return { key: name, ending: '' };
  return { key: name.slice(0, dot), ending: name.slice(dot + 1).toLowerCase() };
}

/** @returns the columns of one entry, or why it is none. */
function columnsOf(
  ending: string,
  name: string,
  bytes: Buffer,
): { pairs: [string, unknown][] } | string {
  if (MEDIA.test(ending))
    return { pairs: [[ending, { bytes: new Uint8Array(bytes), path: name }]] };
  if (!TEXT.test(ending))
    return { pairs: [[ending === '' ? 'file' : ending, new Uint8Array(bytes)]] };
  const text = bytes.toString('utf8');
  if (/json$/.test(ending)) {
    const parsed = parseJsonRow(text);
    if (parsed.kind === 'bad') return `${excerptOf(name)}: ${parsed.reason}`;
    return {
      pairs: Object.entries(parsed.values).map(([key, value]) => [`${ending}.${key}`, value]),
    };
  }
  if (/cls2?$/.test(ending) && /^-?\d+\s*$/.test(text)) return { pairs: [[ending, Number(text)]] };
  return { pairs: [[ending, text.replace(/\r?\n$/, '')]] };
}

async function contentOf(body: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of body) if (Buffer.isBuffer(part)) parts.push(part);
  return Buffer.concat(parts);
}

async function drain(body: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of body);
}
