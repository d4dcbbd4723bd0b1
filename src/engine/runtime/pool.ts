/**
 * Tensors whose sizes change from run to run, over memory that only grows. One buffer per name:
 * asking again for a name gives a tensor over the same memory, and the same tensor (so that a bound
 * step can be kept) when dtype and shape are the same.
 */
import type { DType } from '../native/binding.ts';
import type { Runtime } from './runtime.ts';
import { elementBytes, elementCount, type Tensor } from './tensor.ts';

/** Grown by at least this factor, so that slowly rising sizes do not allocate each time. */
const GROWTH = 1.25;

interface Slot {
  readonly storage: Tensor<'u8'>;
  /** The tensor handed out last. */
  current: Tensor | undefined;
}

export class BufferPool {
  readonly #runtime: Runtime;
  readonly #slots = new Map<string, Slot>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Bytes held. */
  get byteLength(): number {
    let total = 0;
    for (const { storage } of this.#slots.values()) total += storage.byteLength;
    return total;
  }

  /**
   * The tensor called `name`, contents undefined. Valid until the same name is asked for with another
   * dtype or shape; then its memory is reused, or released if it was too small.
   */
  tensor<D extends DType>(name: string, dtype: D, shape: readonly number[]): Tensor<D> {
    const slot = this.#slotOf(name, elementCount(shape) * elementBytes[dtype]);
    const { current } = slot;
    if (
      current !== undefined &&
      current.dtype === dtype &&
      current.shape.length === shape.length &&
      current.shape.every((dim, axis) => dim === shape[axis])
    ) {
      return current as Tensor<D>; // Its dtype was just compared.
    }
    const tensor = this.#runtime.view(slot.storage, { shape, dtype });
    slot.current = tensor;
    return tensor;
  }

  /** Frees everything. */
  dispose(): void {
    for (const { storage } of this.#slots.values()) storage.dispose();
    this.#slots.clear();
  }

  #slotOf(name: string, byteLength: number): Slot {
    const old = this.#slots.get(name);
    if (old !== undefined && old.storage.byteLength >= byteLength) return old;
    const capacity =
      Math.ceil(Math.max(byteLength, (old?.storage.byteLength ?? 0) * GROWTH) / 64) * 64;
    old?.storage.dispose();
    const slot: Slot = { storage: this.#runtime.tensor('u8', [capacity]), current: undefined };
    this.#slots.set(name, slot);
    return slot;
  }
}
