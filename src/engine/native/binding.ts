/**
 * The whole native surface, typed. `native/binding` implements it; nothing else in the project
 * touches the addon. Native memory never becomes a JS ArrayBuffer: buffers and values are opaque
 * handles, JS allocates and the addon copies.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { LabError } from '../../shared/errors.ts';

export type DType = 'f32' | 'f64' | 'f16' | 'bf16' | 'i32' | 'i64' | 'u8' | 'bool';
export type DeviceKind = 'cpu' | 'cuda';

/** A block of memory on one device. Freed by {@link NativeRuntime.release} or, at the latest, by GC. */
export interface NativeBuffer {
  readonly __native: 'buffer';
}
/** A tensor over part of a buffer (an OrtValue). Keeps its buffer alive. */
export interface NativeValue {
  readonly __native: 'value';
}
export interface NativeSession {
  readonly __native: 'session';
}
/** A session with every input and output bound to values (an OrtIoBinding). */
export interface NativeBinding {
  readonly __native: 'binding';
}
export interface NativeCancel {
  readonly __native: 'cancel';
}

export interface ValueSpec {
  readonly name: string;
  readonly dtype: DType;
  /** -1 where the dimension is symbolic. */
  readonly shape: readonly number[];
}

export interface OpenOptions {
  /** Absolute path of libonnxruntime. */
  readonly library: string;
  readonly threads: number;
  readonly device: DeviceKind;
  /** CUDA provider options by their ONNX Runtime names (device_id, gpu_mem_limit, use_tf32, ...). */
  readonly cuda?: Readonly<Record<string, string>>;
  /** Cap on the CPU instruction set of the fused kernels: 0 portable, 1 AVX2, 2 AVX-512. */
  readonly isa?: 0 | 1 | 2;
}

export interface SessionOptions {
  readonly model: Uint8Array;
  /** File prefix for ONNX Runtime's profiler; absent = off. */
  readonly profile?: string;
  /** 0 none, 1 basic, 2 extended, 99 all. */
  readonly optimization?: 0 | 1 | 2 | 99;
  readonly memoryPattern?: boolean;
  readonly config?: Readonly<Record<string, string>>;
}

export interface RuntimeInfo {
  readonly version: string;
  readonly build: string;
  readonly apiVersion: number;
  readonly providers: readonly string[];
  readonly isa: 'portable' | 'avx2' | 'avx512';
}

/** One fused op on one device with the dtypes it takes: the truth for lowering, tests and `doctor`. */
export interface Capability {
  readonly op: string;
  readonly device: DeviceKind;
  readonly dtypes: readonly DType[];
}

export interface NativeRuntime {
  info(): RuntimeInfo;
  capabilities(): readonly Capability[];
  allocate(options: { readonly byteLength: number }): NativeBuffer;
  release(buffer: NativeBuffer): void;
  write(options: {
    readonly buffer: NativeBuffer;
    readonly byteOffset: number;
    readonly data: ArrayBufferView;
  }): void;
  read(options: {
    readonly buffer: NativeBuffer;
    readonly byteOffset: number;
    readonly into: ArrayBufferView;
  }): void;
  fill(options: {
    readonly buffer: NativeBuffer;
    readonly byteOffset: number;
    readonly byteLength: number;
    readonly byte: number;
  }): void;
  value(options: {
    readonly buffer: NativeBuffer;
    readonly byteOffset: number;
    readonly dtype: DType;
    readonly shape: readonly number[];
  }): NativeValue;
  session(options: SessionOptions): NativeSession;
  describe(session: NativeSession): {
    readonly inputs: readonly ValueSpec[];
    readonly outputs: readonly ValueSpec[];
  };
  /** `inputs` and `outputs` in the order of {@link describe}. Every output is pre-allocated. */
  bind(options: {
    readonly session: NativeSession;
    readonly inputs: readonly NativeValue[];
    readonly outputs: readonly NativeValue[];
  }): NativeBinding;
  cancelToken(): NativeCancel;
  cancel(token: NativeCancel): void;
  /** Runs the bindings one after the other on a worker thread; rejects with code `engine/cancelled`. */
  run(options: {
    readonly bindings: readonly NativeBinding[];
    readonly cancel?: NativeCancel;
  }): Promise<void>;
  /** The same on the calling thread, for start-up work and tests. */
  runSync(options: { readonly bindings: readonly NativeBinding[] }): void;
  /** Ends profiling and returns the file written. */
  endProfiling(session: NativeSession): string;
  /** Stops every run under way (they reject with `engine/cancelled`) and refuses further calls. */
  close(): void;
}

/** What the NVIDIA driver says, without ONNX Runtime. */
export interface CudaDriverInfo {
  /** Why there is no usable driver; absent when there is one. */
  readonly error?: string;
  /** As the driver reports the CUDA version it supports: 12040 is 12.4; 0 without a driver. */
  readonly version: number;
  readonly devices: readonly {
    readonly name: string;
    readonly memoryBytes: number;
    readonly computeCapability: string;
  }[];
  /** What compiles the CUDA kernels at first use: `NVRTC 12.4`, or the path of nvcc; absent without. */
  readonly kernelCompiler?: string;
}

export interface NativeAddon {
  /** The isa the machine supports, without opening a library. */
  detectedIsa(): 'portable' | 'avx2' | 'avx512';
  /** Why the dynamic loader cannot load a library (a name or a path); undefined when it can. */
  loadError(options: { readonly library: string }): string | undefined;
  cudaDriver(): CudaDriverInfo;
  open(options: OpenOptions): NativeRuntime;
}

let loaded: NativeAddon | undefined;

/**
 * Loads the addon once; RATIONALE_ADDON names another file (the tests' emulated CUDA ops).
 * @throws LabError `native/build-missing` with the command that builds it.
 */
export function loadAddon(): NativeAddon {
  if (loaded !== undefined) return loaded;
  const path =
    process.env['RATIONALE_ADDON'] ??
    fileURLToPath(new URL('../../../native/build/rationale_native.node', import.meta.url));
  if (!existsSync(path)) {
    throw new LabError('native/build-missing', `native addon not found at ${path}`, {
      hint: 'run: npm run build:native',
    });
  }
  // createRequire returns `any`; the addon's shape is this file's contract with native/binding.
  loaded = createRequire(import.meta.url)(path) as NativeAddon;
  return loaded;
}
