/**
 * Host tensors and their element formats: bytes of a named dtype in, typed arrays out, and back.
 * bf16 and f16 are rounded to nearest, ties to even, as PyTorch does; NaN stays NaN.
 */
import { LabError } from '../../shared/errors.ts';

/** Element types of safetensors files that can be read, in lower case. */
export type FileDType =
  | 'f64'
  | 'f32'
  | 'f16'
  | 'bf16'
  | 'i64'
  | 'i32'
  | 'i16'
  | 'i8'
  | 'u64'
  | 'u32'
  | 'u16'
  | 'u8'
  | 'bool';

export type FloatDType = 'f32' | 'f16' | 'bf16';

export const DTYPE_BYTES = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u64: 8,
  u32: 4,
  u16: 2,
  u8: 1,
  bool: 1,
} as const satisfies Record<FileDType, number>;

/** A tensor on the host. `bytes` may read from disk at each call, so that a large model is never held twice. */
export interface HostTensor {
  readonly dtype: FileDType;
  readonly shape: readonly number[];
  /** Row-major little-endian elements, exactly the size of dtype and shape, 8-byte aligned. */
  readonly bytes: () => Uint8Array<ArrayBuffer>;
}

/** A tensor of f32 elements in memory: the form in which weights reach the engine. */
export interface F32Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((total, dim) => total * dim, 1);
}

/**
 * A host tensor over data in memory.
 * @throws LabError `safetensors/mismatch` when dtype, shape and byte length disagree.
 */
export function hostTensor(
  dtype: FileDType,
  shape: readonly number[],
  data: ArrayBufferView,
): HostTensor {
  const expected = sizeOf(shape) * DTYPE_BYTES[dtype];
  if (data.byteLength !== expected) {
    throw new LabError(
      'safetensors/mismatch',
      `[tensor] ${dtype} [${shape.join(', ')}] takes ${expected} bytes, got ${data.byteLength}`,
    );
  }
  const bytes = () => {
    // Copied only where a view would be unaligned or over shared memory.
    if (data.buffer instanceof ArrayBuffer && data.byteOffset % 8 === 0) {
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    }
    return new Uint8Array(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  };
  return { dtype, shape: [...shape], bytes };
}

/** f32 values as a host tensor stored in a float dtype. */
export function fromF32(
  shape: readonly number[],
  data: Float32Array,
  dtype: FloatDType = 'f32',
): HostTensor {
  if (dtype === 'f32') return hostTensor('f32', shape, data);
  return hostTensor(dtype, shape, dtype === 'bf16' ? f32ToBf16(data) : f32ToF16(data));
}

/**
 * Float elements as f32 (f64 is rounded). A f32 tensor in memory is returned as a view, not a copy.
 * @throws LabError `safetensors/mismatch` for an integer or bool tensor.
 */
export function toF32(tensor: HostTensor, name = 'tensor'): Float32Array<ArrayBuffer> {
  const bytes = tensor.bytes();
  switch (tensor.dtype) {
    case 'f32':
      return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    case 'f64':
      return new Float32Array(
        new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8),
      );
    case 'bf16':
      return bf16ToF32(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2));
    case 'f16':
      return f16ToF32(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2));
    default:
      throw new LabError(
        'safetensors/mismatch',
        `[tensor] ${name}: expected a float tensor (f32, f16, bf16, f64), got ${tensor.dtype}`,
      );
  }
}

/**
 * Integer elements as i32.
 * @throws LabError `safetensors/mismatch` for floats, or an i64/u64/u32 value beyond i32.
 */
export function toI32(tensor: HostTensor, name = 'tensor'): Int32Array<ArrayBuffer> {
  const bytes = tensor.bytes();
  const [buffer, offset, size] = [bytes.buffer, bytes.byteOffset, bytes.byteLength];
  switch (tensor.dtype) {
    case 'i32':
      return new Int32Array(buffer, offset, size / 4);
    case 'i16':
      return Int32Array.from(new Int16Array(buffer, offset, size / 2));
    case 'u16':
      return Int32Array.from(new Uint16Array(buffer, offset, size / 2));
    case 'i8':
      return Int32Array.from(new Int8Array(buffer, offset, size));
    case 'u8':
    case 'bool':
      return Int32Array.from(bytes);
    case 'u32':
      return Int32Array.from(new Uint32Array(buffer, offset, size / 4), (v) => toInt32(v, name));
    case 'i64':
      return narrow(new BigInt64Array(buffer, offset, size / 8), name);
    case 'u64':
      return narrow(new BigUint64Array(buffer, offset, size / 8), name);
    default:
      throw new LabError(
        'safetensors/mismatch',
        `[tensor] ${name}: expected an integer tensor, got ${tensor.dtype}`,
      );
  }
}

function narrow(values: BigInt64Array | BigUint64Array, name: string): Int32Array<ArrayBuffer> {
  const out = new Int32Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = toInt32(Number(values[i]), name);
  return out;
}

function toInt32(value: number, name: string): number {
  if (value >= -0x80000000 && value <= 0x7fffffff) return value;
  throw new LabError('safetensors/mismatch', `[tensor] ${name}: ${value} does not fit in i32`);
}

/** @param bits bf16 patterns. */
export function bf16ToF32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = (bits[i] ?? 0) << 16;
  return new Float32Array(out.buffer);
}

/** Rounds to nearest even; @returns bf16 patterns. */
export function f32ToBf16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i] ?? 0;
    // A NaN whose payload is only in the low half would round to infinity: set the quiet bit instead.
    if ((b & 0x7fffffff) > 0x7f800000) out[i] = (b >>> 16) | 0x40;
    else out[i] = (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return out;
}

/** @param bits IEEE half patterns. */
export function f16ToF32(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const out = new Float32Array(bits.length);
  const table = halfTable();
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i] ?? 0] ?? 0;
  return out;
}

/** Rounds to nearest even, overflows to infinity; @returns IEEE half patterns. */
export function f32ToF16(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i] ?? 0;
    const sign = (b >>> 16) & 0x8000;
    const magnitude = b & 0x7fffffff;
    if (magnitude > 0x7f800000) out[i] = sign | 0x7e00;
    else if (magnitude >= 0x477ff000) out[i] = sign | 0x7c00;
    else if (magnitude >= 0x38800000) {
      // Normal half: rebias the exponent (127 -> 15), then round the 13 dropped bits.
      const rebiased = magnitude - 0x38000000;
      out[i] = sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
    } else {
      // Subnormal half: units of 2^-24; the product is exact in f64.
      out[i] = sign | roundHalfEven(Math.abs(values[i] ?? 0) * 2 ** 24);
    }
  }
  return out;
}

/** Rounds to the nearest integer, halves to the even one (Python's `round`). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

let halves: Float32Array | undefined;

function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let h = 0; h < 65536; h++) {
    const sign = h & 0x8000 ? -1 : 1;
    const exponent = (h >>> 10) & 31;
    const fraction = h & 1023;
    if (exponent === 0) halves[h] = sign * fraction * 2 ** -24;
    else if (exponent === 31) halves[h] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else halves[h] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return halves;
}
