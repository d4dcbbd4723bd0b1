/** Safetensors files: round trips of every dtype, the public fixture, and headers that lie. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../../src/engine/files/safetensors.ts';
import {
  bf16ToF32,
  DTYPE_BYTES,
  type FileDType,
  f16ToF32,
  f32ToBf16,
  f32ToF16,
  fromF32,
  hostTensor,
  roundHalfEven,
  toF32,
  toI32,
} from '../../../src/engine/files/tensor-data.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'safetensors-'));
  path = join(folder, 'x.safetensors');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A file with this header text and so many zero bytes of data. */
function forge(header: string | object, dataBytes = 0, headerBytes?: bigint): void {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(headerBytes ?? BigInt(json.length));
  writeFileSync(path, Buffer.concat([size, json, Buffer.alloc(dataBytes)]));
}

const f32 = (shape: number[], start: number, end: number) => {
  return { dtype: 'F32', shape, data_offsets: [start, end] };
};

describe('safetensors files', () => {
  it('keep every dtype, scalars, empty tensors and metadata', async () => {
    const tensors = new Map(
      Object.entries(DTYPE_BYTES).map(([dtype, bytes], n) => {
        const data = Uint8Array.from({ length: 6 * bytes }, (_, i) => (i * 13 + n) % 2);
        return [`t.${dtype}`, hostTensor(dtype as FileDType, [2, 3], data)]; // keys of the table
      }),
    );
    tensors.set('scalar', hostTensor('i32', [], Int32Array.of(7)));
    tensors.set('empty', hostTensor('f32', [0, 4], new Float32Array()));
    await writeSafetensors(path, tensors, { format: 'pt', note: 'ü' });
    const file = openSafetensors(path);
    expect(file.metadata).toEqual({ format: 'pt', note: 'ü' });
    expect(new Set(file.tensors.keys())).toEqual(new Set(tensors.keys()));
    for (const [name, tensor] of tensors) {
      const read = file.tensors.get(name);
      expect([read?.dtype, read?.shape]).toEqual([tensor.dtype, tensor.shape]);
      expect([...(read?.bytes() ?? [])]).toEqual([...tensor.bytes()]);
    }
    const first = readFileSync(path);
    await writeSafetensors(path, new Map([...tensors].reverse()), { format: 'pt', note: 'ü' });
    expect(readFileSync(path).equals(first)).toBe(true);
  });

  it('are not mixed up when the file is replaced after opening', async () => {
    await writeSafetensors(path, new Map([['a', fromF32([2], Float32Array.of(1, 2))]]));
    const old = openSafetensors(path);
    await writeSafetensors(path, new Map([['b', fromF32([2], Float32Array.of(3, 4))]]));
    expect(() => old.tensors.get('a')?.bytes()).toThrow(/replaced/);
  });

  it.each([
    ['a header longer than the file', () => forge('{}', 0, 1000n)],
    ['a header of 2^63 bytes', () => forge('{}', 0, 2n ** 63n)],
    ['an empty file', () => writeFileSync(path, '')],
    ['no JSON', () => forge('{"a": ')],
    ['a list', () => forge('[]')],
    ['deep nesting', () => forge('['.repeat(100_000))],
    ['a range outside the data', () => forge({ a: f32([2], 0, 8) }, 4)],
    ['a range that does not fit the shape', () => forge({ a: f32([3], 0, 8) }, 8)],
    ['a shape whose size overflows', () => forge({ a: f32([2 ** 40, 2 ** 40], 0, 8) }, 8)],
    ['a number beyond integers', () => forge({ a: f32([1e308], 0, 8) }, 8)],
    ['a negative size', () => forge({ a: f32([-2], 8, 0) }, 8)],
    ['a fractional size', () => forge({ a: f32([0.5], 0, 2) }, 2)],
    ['a reversed range', () => forge({ a: f32([0], 8, 0) }, 8)],
    ['overlapping tensors', () => forge({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12)],
    ['a hole', () => forge({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12)],
    ['bytes after the last tensor', () => forge({ a: f32([1], 0, 4) }, 8)],
    ['metadata that are no strings', () => forge({ __metadata__: { a: 1 } })],
    ['too many dimensions', () => forge({ a: f32(new Array(40).fill(1), 0, 4) }, 4)],
  ])('refuse %s', (_, make) => {
    make();
    expect(() => openSafetensors(path)).toThrow(
      expect.objectContaining({ code: 'safetensors/corrupt' }),
    );
  });

  it('refuse unknown dtypes, and a truncated tail', async () => {
    forge({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, 1);
    expect(() => openSafetensors(path)).toThrow(
      expect.objectContaining({ code: 'safetensors/mismatch' }),
    );
    await writeSafetensors(path, new Map([['a', fromF32([64], new Float32Array(64))]]));
    truncateSync(path, readFileSync(path).length - 1);
    expect(() => openSafetensors(path)).toThrow(/truncated/);
    expect(() => openSafetensors(join(folder, 'none'))).toThrow(
      expect.objectContaining({ code: 'file/missing' }),
    );
  });
});

describe('element formats', () => {
  it('convert 16-bit floats both ways without loss', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const isNan16 = (h: number) => (h & 0x7c00) === 0x7c00 && (h & 0x3ff) !== 0;
    const isNanB16 = (h: number) => (h & 0x7f80) === 0x7f80 && (h & 0x7f) !== 0;
    const halves = f32ToF16(f16ToF32(all));
    const brains = f32ToBf16(bf16ToF32(all));
    for (let h = 0; h < 65536; h++) {
      if (!isNan16(h)) expect(halves[h]).toBe(h);
      else expect(isNan16(halves[h] ?? 0)).toBe(true);
      if (!isNanB16(h)) expect(brains[h]).toBe(h);
      else expect(isNanB16(brains[h] ?? 0)).toBe(true);
    }
  });

  it('round to the nearest value, ties to even', () => {
    for (const [to, from] of [
      [f32ToF16, f16ToF32],
      [f32ToBf16, bf16ToF32],
    ] as const) {
      fc.assert(
        fc.property(fc.float({ noNaN: true, min: -60000, max: 60000 }), (value) => {
          const [bits = 0] = to(Float32Array.of(value));
          const [got = 0] = from(Uint16Array.of(bits));
          for (const neighbour of [bits - 1, bits + 1]) {
            const [other = 0] = from(Uint16Array.of(neighbour & 0xffff));
            // Across zero or infinity the neighbouring pattern is no neighbouring value.
            if (!Number.isFinite(other) || Math.sign(other) !== Math.sign(got)) continue;
            expect(Math.abs(value - got)).toBeLessThanOrEqual(Math.abs(value - other));
            if (Math.abs(value - got) === Math.abs(value - other)) expect(bits % 2).toBe(0);
          }
        }),
      );
    }
    expect([...f32ToF16(Float32Array.of(65519.9, 65520, 1e-9, -0))]).toEqual([
      0x7bff, 0x7c00, 0, 0x8000,
    ]);
    expect([0.5, 1.5, 2.5, -1.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, -2, 2, 3]);
  });

  it('read integers of any width as i32, and refuse what does not fit', () => {
    expect([...toI32(hostTensor('i64', [2], BigInt64Array.of(-5n, 7n)))]).toEqual([-5, 7]);
    expect(() => toI32(hostTensor('i64', [1], BigInt64Array.of(2n ** 40n)))).toThrow(
      /does not fit/,
    );
    expect(() => toF32(hostTensor('u8', [1], Uint8Array.of(1)), 'w')).toThrow(
      /w: expected a float/,
    );
    expect(() => hostTensor('f32', [3], new Float32Array(2))).toThrow(/takes 12 bytes, got 8/);
  });
});
