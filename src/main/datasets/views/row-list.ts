/**
 * A list of row numbers as it is stored: order kept, differences as variable-length numbers, deflated.
 * Comes in: row numbers. Goes out: bytes, and the same numbers again.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { LabError } from '../../../shared/errors.ts';

/** Longest list that is unpacked: 2^31 rows would be 10 GiB. */
const MAX_BYTES = 2 ** 30;

export function packRows(rows: ArrayLike<number>): Buffer {
  const bytes = new Uint8Array(rows.length * 5);
  let end = 0;
  let previous = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const step = row - previous;
    previous = row;
    // Zigzag, so that a step back is as short as a step forward; arithmetic because it passes 2^31.
    let rest = step < 0 ? -2 * step - 1 : 2 * step;
    while (rest > 0x7f) {
      bytes[end++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[end++] = rest;
  }
  return deflateRawSync(bytes.subarray(0, end), { level: 6 });
}

/** @throws LabError `workspace/corrupt` */
export function unpackRows(packed: Uint8Array, count?: number): Int32Array {
  let bytes: Uint8Array;
  try {
    bytes = inflateRawSync(packed, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw damaged('cannot be unpacked', cause);
  }
  const rows: number[] = [];
  let previous = 0;
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    if (byte > 0x7f) {
      scale *= 0x80;
      continue;
    }
    previous += value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    rows.push(previous);
    value = 0;
    scale = 1;
  }
  if (scale !== 1 || (count !== undefined && rows.length !== count)) {
    throw damaged(`holds ${rows.length} rows, expected ${count ?? 'whole numbers'}`);
  }
  return Int32Array.from(rows);
}

function damaged(what: string, cause?: unknown): LabError {
  return new LabError('workspace/corrupt', `[views] a stored row list ${what}`, { cause });
}
