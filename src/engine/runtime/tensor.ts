/**
 * A tensor on the engine's device: a dtype and a shape over (part of) a native buffer. Its numbers
 * are reached only by copying, through `Runtime.read` and `Runtime.write`.
 */
import { LabError } from '../../shared/errors.ts';
import type { DType, NativeBuffer, NativeRuntime, NativeValue } from '../native/binding.ts';
import { callNative } from './native-error.ts';

/** The host array of each dtype. f16 and bf16 travel as their bits, bool as 0 or 1. */
export interface HostArrays {
  f32: Float32Array;
  f64: Float64Array;
  f16: Uint16Array;
  bf16: Uint16Array;
  i32: Int32Array;
  i64: BigInt64Array;
  u8: Uint8Array;
  bool: Uint8Array;
}
export type HostArray<D extends DType = DType> = HostArrays[D];

export const elementBytes = {
  f32: 4,
  f64: 8,
  f16: 2,
  bf16: 2,
  i32: 4,
  i64: 8,
  u8: 1,
  bool: 1,
} as const satisfies Record<DType, number>;

const hostArrayTypes = {
  f32: Float32Array,
  f64: Float64Array,
  f16: Uint16Array,
  bf16: Uint16Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  bool: Uint8Array,
} as const satisfies { [D in DType]: new (length: number) => HostArrays[D] };

/** An uninitialised host array for `length` elements of `dtype`. */
export function hostArray<D extends DType>(dtype: D, length: number): HostArray<D> {
  // The table pairs every dtype with its array type; indexing by a type parameter loses that.
  return new hostArrayTypes[dtype](length) as HostArray<D>;
}

/** `f32 [2,3]`, for messages. */
export function describeType(dtype: DType, shape: readonly (number | string)[]): string {
  return `${dtype} [${shape.join(',')}]`;
}

/** Number of elements. @throws LabError native/invalid-argument when a dimension is not a size */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const dim of shape) {
    if (!Number.isSafeInteger(dim) || dim < 0) {
      throw new LabError('native/invalid-argument', `[tensor] not a shape: [${shape.join(',')}]`);
    }
    count *= dim;
  }
  return count;
}

/** The memory behind a tensor and its views. */
export interface Storage {
  readonly native: NativeRuntime;
  readonly buffer: NativeBuffer;
  readonly byteLength: number;
  disposed: boolean;
}

export class Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  /** Elements. */
  readonly size: number;
  readonly byteLength: number;
  /** Where this tensor starts in its storage. */
  readonly byteOffset: number;
  /** @internal */
  readonly storage: Storage;
  /** A view shares its storage and does not own it. */
  readonly isView: boolean;
  #value: NativeValue | undefined;

  /** @internal Made by `Runtime.tensor` and `Runtime.view`. */
  constructor(options: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly storage: Storage;
    readonly byteOffset: number;
    readonly isView: boolean;
  }) {
    this.dtype = options.dtype;
    this.shape = Object.freeze([...options.shape]);
    this.size = elementCount(options.shape);
    this.byteLength = this.size * elementBytes[options.dtype];
    this.byteOffset = options.byteOffset;
    this.storage = options.storage;
    this.isView = options.isView;
  }

  get isDisposed(): boolean {
    return this.storage.disposed;
  }

  /** The native tensor, made at first use. @internal */
  get value(): NativeValue {
    this.#value ??= callNative(() =>
      this.storage.native.value({
        buffer: this.storage.buffer,
        byteOffset: this.byteOffset,
        dtype: this.dtype,
        shape: this.shape,
      }),
    );
    return this.#value;
  }

  /**
   * Frees the memory (after the runs that use it, if any are under way); views of it become unusable.
   * Disposing a view does nothing, disposing twice does nothing.
   */
  dispose(): void {
    if (this.isView || this.storage.disposed) return;
    this.storage.disposed = true;
    callNative(() => this.storage.native.release(this.storage.buffer));
  }

  toString(): string {
    return describeType(this.dtype, this.shape);
  }
}
