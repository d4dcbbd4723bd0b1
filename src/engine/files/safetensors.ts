/**
 * Safetensors files: 8-byte little-endian header length, JSON header (name -> dtype, shape, byte
 * range), raw elements. Opening reads and checks the header only; each tensor is read from disk when
 * asked for. A header that lies (range, overlap, holes, sizes) is refused before any element is read.
 */
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { z } from 'zod';
import { LabError } from '../../shared/errors.ts';
import { streamFileAtomic } from './atomic.ts';
import { parseJson } from './json-file.ts';
import { DTYPE_BYTES, type FileDType, type HostTensor, sizeOf } from './tensor-data.ts';

export interface SafetensorsFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000;
const MAX_DIMENSIONS = 16;

const DTYPES: ReadonlyMap<string, FileDType> = new Map(
  Object.keys(DTYPE_BYTES).map((dtype) => [dtype.toUpperCase(), dtype as FileDType]), // keys of the table
);

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(count).max(MAX_DIMENSIONS),
  data_offsets: z.tuple([count, count]),
});
const metadataSchema = z.record(z.string(), z.string());

interface Entry {
  readonly name: string;
  readonly dtype: FileDType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Opens a file: header only.
 * @throws LabError `file/missing`, `safetensors/corrupt`.
 */
export function openSafetensors(path: string): SafetensorsFile {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info?.isFile()) {
    throw new LabError('file/missing', `[safetensors] expected a file at ${path}, found none`);
  }
  const fd = openSync(path, 'r');
  try {
    const opened = fstatSync(fd);
    const fileBytes = opened.size;
    if (fileBytes < 8) corrupt(path, `expected at least 8 bytes, got ${fileBytes}`);
    const headerBytes = Number(
      new DataView(readRange(fd, path, 0, 8).buffer).getBigUint64(0, true),
    );
    if (headerBytes > MAX_HEADER_BYTES)
      corrupt(path, `header of ${headerBytes} bytes is too large`);
    const dataStart = 8 + headerBytes;
    if (dataStart > fileBytes) {
      corrupt(path, `header ends at byte ${dataStart}, the file has ${fileBytes}: truncated?`);
    }
    const text = new TextDecoder().decode(readRange(fd, path, 8, headerBytes));
    const { entries, metadata } = parseHeader(path, text);
    checkRanges(path, entries, fileBytes - dataStart);
    const tensors = new Map<string, HostTensor>();
    for (const { name, dtype, shape, start, end } of entries) {
      const bytes = () => readFileRange(path, opened, dataStart + start, end - start);
      tensors.set(name, { dtype, shape, bytes });
    }
    return { path, metadata, tensors };
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a file atomically, tensor by tensor. Widest elements first, then by name: every tensor is
 * aligned to its element and equal content gives equal bytes.
 * @throws LabError `file/write-failed`, `safetensors/mismatch` when a tensor's bytes do not fit its shape.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> {
  const ordered = [...tensors].sort(
    ([a, x], [b, y]) => DTYPE_BYTES[y.dtype] - DTYPE_BYTES[x.dtype] || (a < b ? -1 : 1),
  );
  const header = new Map<string, unknown>([['__metadata__', metadata]]);
  let offset = 0;
  for (const [name, tensor] of ordered) {
    const end = offset + sizeOf(tensor.shape) * DTYPE_BYTES[tensor.dtype];
    const dtype = tensor.dtype.toUpperCase();
    header.set(name, { dtype, shape: tensor.shape, data_offsets: [offset, end] });
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  // Spaces bring the data to an 8-byte border.
  const padded = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  padded.set(json, 8);
  await streamFileAtomic(path, async (handle) => {
    await handle.writeFile(padded);
    for (const [name, tensor] of ordered) {
      const bytes = tensor.bytes();
      const expected = sizeOf(tensor.shape) * DTYPE_BYTES[tensor.dtype];
      if (bytes.byteLength !== expected) {
        throw new LabError(
          'safetensors/mismatch',
          `[safetensors] ${name}: shape takes ${expected} bytes, got ${bytes.byteLength}`,
        );
      }
      await handle.writeFile(bytes);
    }
  });
}

function parseHeader(
  path: string,
  text: string,
): { entries: Entry[]; metadata: Record<string, string> } {
  let json: unknown;
  try {
    json = parseJson(text, `header of ${path}`, 8);
  } catch (cause) {
    corrupt(path, LabError.from(cause).message, cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    corrupt(path, 'the header is not a JSON object');
  }
  const twice = repeatedKey(text);
  if (twice !== undefined) corrupt(path, `the header names ${twice.slice(0, 80)} twice`);
  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  // Not z.record: it loses a tensor named __proto__.
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') {
      const parsed = metadataSchema.safeParse(value);
      if (!parsed.success) corrupt(path, '__metadata__ is not a map of strings');
      metadata = parsed.data;
      continue;
    }
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) {
      corrupt(path, `${name}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
    }
    const dtype = DTYPES.get(parsed.data.dtype);
    if (!dtype) {
      throw new LabError(
        'safetensors/mismatch',
        `[safetensors] ${path}: ${name} has dtype ${parsed.data.dtype.slice(0, 40)}, expected one of ${[...DTYPES.keys()].join(', ')}`,
        { hint: 'Quantised checkpoints are not read: use the f32, f16 or bf16 one.' },
      );
    }
    const [start, end] = parsed.data.data_offsets;
    const expected = sizeOf(parsed.data.shape) * DTYPE_BYTES[dtype];
    if (end - start !== expected) {
      corrupt(
        path,
        `${name}: ${dtype} [${parsed.data.shape.join(', ')}] takes ${expected} bytes, its range has ${end - start}`,
      );
    }
    entries.push({ name, dtype, shape: parsed.data.shape, start, end });
  }
  return { entries, metadata };
}

/**
 * A key that stands twice at the top of a JSON object: JSON.parse keeps the last one, other readers
 * the first, and two readers of one file must not see two models. The text is known to be JSON.
 */
function repeatedKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === '"') {
      const start = i;
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++;
      if (depth !== 1 || !/^\s*:/.test(text.slice(i + 1, i + 32))) continue;
      const key = String(JSON.parse(text.slice(start, i + 1)));
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

/** The ranges must tile the data: nothing outside, shared, or hidden between tensors. */
function checkRanges(path: string, entries: readonly Entry[], dataBytes: number): void {
  let position = 0;
  for (const { name, start, end } of [...entries].sort(
    (a, b) => a.start - b.start || a.end - b.end,
  )) {
    if (end > dataBytes) corrupt(path, `${name} ends at byte ${end} of ${dataBytes}: truncated?`);
    if (start < position) corrupt(path, `${name} overlaps the tensor before it`);
    if (start > position) corrupt(path, `bytes ${position} to ${start} belong to no tensor`);
    position = end;
  }
  if (position !== dataBytes)
    corrupt(path, `bytes ${position} to ${dataBytes} belong to no tensor`);
}

function readFileRange(
  path: string,
  opened: Stats,
  start: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const fd = openSync(path, 'r');
  try {
    const now = fstatSync(fd);
    // The header read earlier says nothing about another file of the same name.
    const isSame =
      now.ino === opened.ino && now.size === opened.size && now.mtimeMs === opened.mtimeMs;
    if (!isSame) corrupt(path, 'the file was replaced or changed after it was opened');
    return readRange(fd, path, start, length);
  } finally {
    closeSync(fd);
  }
}

function readRange(
  fd: number,
  path: string,
  start: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  // One read call moves at most 2 GiB.
  const step = 2 ** 30;
  for (let done = 0; done < length; ) {
    const got = readSync(fd, bytes, done, Math.min(step, length - done), start + done);
    if (got === 0)
      corrupt(path, `the file ends at byte ${start + done}, expected ${start + length}`);
    done += got;
  }
  return bytes;
}

function corrupt(path: string, problem: string, cause?: unknown): never {
  throw new LabError('safetensors/corrupt', `[safetensors] ${path}: ${problem}`, {
    hint: 'Download or export the file again.',
    cause,
  });
}
