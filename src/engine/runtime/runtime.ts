/**
 * The engine's device: tensors, programs and runs. One `Runtime` per process and device; programs of
 * one runtime share its thread pool and working memory.
 */
import { availableParallelism } from 'node:os';
import { LabError } from '../../shared/errors.ts';
import { lower } from '../graph/lower.ts';
import { toOnnx } from '../graph/onnx/write.ts';
import { type Graph, type NamedValue, usesF64 } from '../graph/value.ts';
import {
  type Capability,
  type DeviceKind,
  type DType,
  loadAddon,
  type NativeRuntime,
  type OpenOptions,
  type RuntimeInfo,
  type SessionOptions,
} from '../native/binding.ts';
import { findLibrary } from './library.ts';
import { callNative, fromNative } from './native-error.ts';
import { Program, type ProgramSource, type Step, type TensorSpec } from './program.ts';
import {
  describeType,
  elementBytes,
  elementCount,
  type HostArray,
  hostArray,
  type Storage,
  Tensor,
} from './tensor.ts';

export interface RuntimeOptions {
  readonly device?: DeviceKind;
  /** CPU threads of the runtime; absent = all. The first runtime of a process decides for its pool. */
  readonly threads?: number;
  readonly isa?: OpenOptions['isa'];
  readonly cuda?: OpenOptions['cuda'];
}

export type CompileOptions = Omit<SessionOptions, 'model'>;

export interface OnnxSource extends ProgramSource {
  readonly model: Uint8Array;
}

export class Runtime {
  readonly device: DeviceKind;
  readonly threads: number;
  readonly info: RuntimeInfo;
  readonly #native: NativeRuntime;
  #kernels: ReadonlySet<string> | undefined;

  private constructor(native: NativeRuntime, device: DeviceKind, threads: number) {
    this.#native = native;
    this.device = device;
    this.threads = threads;
    this.info = native.info();
  }

  /**
   * @throws LabError native/build-missing, native/library-missing, native/version,
   *   native/provider-missing (CUDA cannot be used)
   */
  static open(options: RuntimeOptions = {}): Runtime {
    const device = options.device ?? 'cpu';
    const threads = options.threads ?? availableParallelism();
    const native = callNative(() =>
      loadAddon().open({
        library: findLibrary(),
        threads,
        device,
        ...(options.isa === undefined ? {} : { isa: options.isa }),
        ...(options.cuda === undefined ? {} : { cuda: options.cuda }),
      }),
    );
    closeAtExit(native);
    return new Runtime(native, device, threads);
  }

  /** The fused ops this runtime has kernels for. */
  capabilities(): readonly Capability[] {
    return callNative(() => this.#native.capabilities());
  }

  /**
   * A tensor in memory of its own, filled from `data` or with zeros.
   * @param data the dtype's host array, or its raw little-endian bytes
   */
  tensor<D extends DType>(
    dtype: D,
    shape: readonly number[],
    data?: HostArray<D> | Uint8Array,
  ): Tensor<D> {
    const tensor = this.uninitialised(dtype, shape);
    if (data === undefined) {
      this.fill(tensor, 0);
    } else {
      this.write(tensor, data);
    }
    return tensor;
  }

  /** A tensor in memory of its own whose numbers are whatever was there: for memory that is written first. */
  uninitialised<D extends DType>(dtype: D, shape: readonly number[]): Tensor<D> {
    const byteLength = elementCount(shape) * elementBytes[dtype];
    const storage = this.#allocate(byteLength);
    return new Tensor({ dtype, shape, storage, byteOffset: 0, isView: false });
  }

  /**
   * Another tensor over the same memory.
   * @param options.byteOffset from the start of `tensor`; 0 when absent
   * @throws LabError native/invalid-argument when the view reaches past the end of `tensor`
   */
  view<D extends DType = DType>(
    tensor: Tensor,
    options: {
      readonly byteOffset?: number;
      readonly shape: readonly number[];
      readonly dtype?: D;
    },
  ): Tensor<D> {
    this.#checkAlive(tensor, 'view');
    // Without a dtype the view has the tensor's own, which is what D stands for then.
    const dtype = options.dtype ?? (tensor.dtype as D);
    const byteOffset = options.byteOffset ?? 0;
    const byteLength = elementCount(options.shape) * elementBytes[dtype];
    if (
      !Number.isSafeInteger(byteOffset) ||
      byteOffset < 0 ||
      byteOffset + byteLength > tensor.byteLength
    ) {
      throw new LabError(
        'native/invalid-argument',
        `[view] ${describeType(dtype, options.shape)} at byte ${byteOffset} needs ${byteLength} bytes; ` +
          `${tensor} has ${tensor.byteLength}`,
      );
    }
    return new Tensor({
      dtype,
      shape: options.shape,
      storage: tensor.storage,
      byteOffset: tensor.byteOffset + byteOffset,
      isView: true,
    });
  }

  /**
   * Copies host data into a tensor. NOTE: not while a run that uses the tensor is under way.
   * @throws LabError native/invalid-argument when `data` is of another type or length
   */
  write<D extends DType>(tensor: Tensor<D>, data: HostArray<D> | Uint8Array): void {
    this.#checkAlive(tensor, 'write');
    this.#checkHost(tensor, data, 'write');
    callNative(() =>
      this.#native.write({ buffer: tensor.storage.buffer, byteOffset: tensor.byteOffset, data }),
    );
  }

  /**
   * Copies a tensor to the host.
   * @param into where to put it; a new array when absent
   */
  read<D extends DType>(
    tensor: Tensor<D>,
    into: HostArray<D> = hostArray(tensor.dtype, tensor.size),
  ): HostArray<D> {
    this.#checkAlive(tensor, 'read');
    this.#checkHost(tensor, into, 'read');
    callNative(() =>
      this.#native.read({ buffer: tensor.storage.buffer, byteOffset: tensor.byteOffset, into }),
    );
    return into;
  }

  /** Copies an f32 tensor whose dtype the type does not show. @throws LabError graph/dtype-mismatch */
  readF32(tensor: Tensor): Float32Array<ArrayBuffer> {
    // The dtype is checked, which is what the narrower type says.
    return this.read(
      this.#expectDType(tensor, 'f32') as Tensor<'f32'>,
    ) as Float32Array<ArrayBuffer>;
  }

  /** As {@link readF32} for i32. */
  readI32(tensor: Tensor): Int32Array<ArrayBuffer> {
    return this.read(this.#expectDType(tensor, 'i32') as Tensor<'i32'>) as Int32Array<ArrayBuffer>;
  }

  #expectDType(tensor: Tensor, dtype: DType): Tensor {
    if (tensor.dtype === dtype) return tensor;
    throw new LabError('graph/dtype-mismatch', `[read] expected ${dtype}, got ${tensor}`);
  }

  /** Sets every byte of a tensor. @param byte 0 to 255 */
  fill(tensor: Tensor, byte: number): void {
    this.#checkAlive(tensor, 'fill');
    callNative(() =>
      this.#native.fill({
        buffer: tensor.storage.buffer,
        byteOffset: tensor.byteOffset,
        byteLength: tensor.byteLength,
        byte,
      }),
    );
  }

  /**
   * Compiles a finished graph: fused ops without a kernel on this device become their composites.
   * @throws LabError native/unsupported for a fused op with neither, native/failed
   */
  compile(graph: Graph, options: CompileOptions = {}): Program {
    this.#kernels ??= new Set(this.capabilities().map((capability) => capability.op));
    const model = toOnnx(lower(graph, { capabilities: this.#kernels }));
    const { name } = graph;
    // NOTE: above level 1 the CPU provider fuses some f64 patterns into ops that it has in f32 only.
    const level = usesF64(graph) ? { optimization: 1 as const } : {};
    return this.compileOnnx(
      { name, model, inputs: specsOf(graph.inputs), outputs: specsOf(graph.outputs) },
      { ...level, ...options },
    );
  }

  /** Compiles ONNX bytes whose inputs and outputs are known by name. */
  compileOnnx(source: OnnxSource, options: CompileOptions = {}): Program {
    return callNative(() => {
      const session = this.#native.session({ ...options, model: source.model });
      return new Program(source, this.#native, session);
    }, `program '${source.name}'`);
  }

  /**
   * Runs steps one after the other, off this thread. Tensors of the steps must be left alone until
   * the promise settles; disposing one takes effect then.
   * @throws LabError engine/cancelled when `signal` aborts (outputs are then undefined)
   */
  async run(
    steps: readonly Step[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const bindings = steps.map((step) => step.binding);
    const { signal } = options;
    if (signal === undefined) {
      await this.#named(steps, () => this.#native.run({ bindings }));
      return;
    }
    if (signal.aborted) {
      throw new LabError('engine/cancelled', `[run] cancelled before ${steps.length} steps`);
    }
    const cancel = this.#native.cancelToken();
    const stop = () => this.#native.cancel(cancel);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#named(steps, () => this.#native.run({ bindings, cancel }));
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** The same on the calling thread: lowest latency for small steps, blocks everything else. */
  runSync(steps: readonly Step[]): void {
    try {
      this.#native.runSync({ bindings: steps.map((step) => step.binding) });
    } catch (thrown) {
      throw nameStep(steps, thrown);
    }
  }

  /**
   * Stops runs under way (they reject with engine/cancelled) and refuses further calls. Memory goes
   * when tensors are disposed or collected.
   */
  close(): void {
    this.#native.close();
  }

  async #named(steps: readonly Step[], run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (thrown) {
      throw nameStep(steps, thrown);
    }
  }

  #allocate(byteLength: number): Storage {
    const buffer = callNative(() => this.#native.allocate({ byteLength }));
    return { native: this.#native, buffer, byteLength, disposed: false };
  }

  #checkAlive(tensor: Tensor, op: string): void {
    if (tensor.storage.native !== this.#native) {
      throw new LabError('native/invalid-argument', `[${op}] ${tensor} belongs to another runtime`);
    }
    if (!tensor.isDisposed) return;
    throw new LabError('native/invalid-argument', `[${op}] ${tensor} was disposed`);
  }

  #checkHost(tensor: Tensor, data: ArrayBufferView, op: string): void {
    const isOwnType = data.constructor === hostArray(tensor.dtype, 0).constructor;
    if ((isOwnType || data instanceof Uint8Array) && data.byteLength === tensor.byteLength) return;
    throw new LabError(
      'native/invalid-argument',
      `[${op}] ${tensor} takes ${tensor.size} elements (${tensor.byteLength} bytes), ` +
        `got a ${data.constructor.name} of ${data.byteLength} bytes`,
    );
  }
}

/** Runtimes that may have a run under way when the process exits; one that is collected has none. */
const open = new Set<WeakRef<NativeRuntime>>();

/** Node waits for its worker threads at exit, so a long run would hold up the end of the process. */
function closeAtExit(native: NativeRuntime): void {
  if (open.size === 0) {
    process.on('exit', () => {
      for (const reference of open) reference.deref()?.close();
    });
  }
  open.add(new WeakRef(native));
}

function specsOf(values: readonly NamedValue[]): TensorSpec[] {
  return values.map(({ name, value }) => ({ name, dtype: value.dtype, shape: value.shape }));
}

/** Says which program failed: the addon only knows the step's position. */
function nameStep(steps: readonly Step[], thrown: unknown): LabError {
  const error = fromNative(thrown);
  if (error.code === 'engine/cancelled') return error;
  for (const [index, step] of steps.entries()) {
    const name = step.findDisposed();
    if (name === undefined) continue;
    return new LabError(
      'native/invalid-argument',
      `[run] step ${index} (program '${step.program.name}'): tensor '${name}' was disposed`,
      { hint: error.hint, cause: thrown },
    );
  }
  const position = /^\[run\] step (\d+): /.exec(error.message)?.[1];
  const step = position === undefined ? undefined : steps[Number(position)];
  return step === undefined
    ? error
    : new LabError(error.code, `program '${step.program.name}': ${error.message}`, {
        hint: error.hint,
        details: { program: step.program.name },
        cause: thrown,
      });
}
