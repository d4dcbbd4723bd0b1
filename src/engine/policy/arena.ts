/**
 * Memory of one pass: tensors are handed out one after the other from a growing block and all end
 * together at `reset`, so a step allocates nothing once it has run at its largest size.
 */
import type { DType } from '../native/binding.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { elementBytes, elementCount, type Tensor } from '../runtime/tensor.ts';

const ALIGNMENT = 64;
const SMALLEST_BLOCK = 1 << 20;

interface Block {
  readonly memory: Tensor;
  readonly capacity: number;
}

export class Arena {
  private readonly runtime: Runtime;
  private blocks: Block[] = [];
  private offset = 0;
  private total = 0;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** Bytes handed out since the last reset. */
  get usedBytes(): number {
    return this.total;
  }

  /** An uninitialised tensor that lives until the next {@link reset}. */
  take(dtype: DType, shape: readonly number[]): Tensor {
    const bytes = Math.ceil((elementCount(shape) * elementBytes[dtype]) / ALIGNMENT) * ALIGNMENT;
    let block = this.blocks.at(-1);
    if (block === undefined || this.offset + bytes > block.capacity) {
      block = this.grow(Math.max(bytes, SMALLEST_BLOCK, this.total));
    }
    const view = this.runtime.view(block.memory, { byteOffset: this.offset, shape, dtype });
    this.offset += bytes;
    this.total += bytes;
    return view;
  }

  /** Ends every tensor handed out; a pass that needed several blocks finds one of their size next time. */
  reset(): void {
    if (this.blocks.length > 1) {
      const capacity = this.blocks.reduce((sum, block) => sum + block.capacity, 0);
      for (const block of this.blocks) block.memory.dispose();
      this.blocks = [];
      this.grow(capacity);
    }
    this.offset = 0;
    this.total = 0;
  }

  dispose(): void {
    this.reset();
    for (const block of this.blocks) block.memory.dispose();
    this.blocks = [];
  }

  private grow(capacity: number): Block {
    const block = { memory: this.runtime.uninitialised('u8', [capacity]), capacity };
    this.blocks.push(block);
    this.offset = 0;
    return block;
  }
}

/**
 * Arenas that outlive their passes, so that the memory of the last pass, already touched, serves the
 * next one. Whoever borrows one has it alone until it is given back.
 */
export class ArenaPool {
  private readonly runtime: Runtime;
  private readonly free: Arena[] = [];

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** Runs `work` with two arenas of its own: one for the whole of it, one for what is rebound on the way. */
  async borrow<T>(work: (arena: Arena, rebound: Arena) => Promise<T>): Promise<T> {
    const arena = this.free.shift() ?? new Arena(this.runtime);
    const rebound = this.free.shift() ?? new Arena(this.runtime);
    try {
      return await work(arena, rebound);
    } finally {
      arena.reset();
      rebound.reset();
      // Back in the same order: the next use finds the arena that has grown to its size.
      this.free.unshift(arena, rebound);
    }
  }

  dispose(): void {
    for (const arena of this.free) arena.dispose();
    this.free.length = 0;
  }
}
