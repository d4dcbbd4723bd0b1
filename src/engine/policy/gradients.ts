/**
 * Gradient buffers of the trained parameters. The first contribution of an accumulation lands in
 * the buffer itself; a later one (another micro-batch, or the embedding's second use) is added.
 */
import { GraphBuilder } from '../graph/builder.ts';
import type { Program, Step } from '../runtime/program.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Tensor } from '../runtime/tensor.ts';
import type { Arena } from './arena.ts';
import type { Policy } from './policy.ts';

export class Gradients {
  readonly buffers: ReadonlyMap<string, Tensor>;
  private readonly runtime: Runtime;
  private readonly adders = new Map<number, Program>();
  private readonly touched = new Set<string>();

  constructor(policy: Policy) {
    this.runtime = policy.runtime;
    this.buffers = new Map(
      policy.trainable.map((name) => [name, this.runtime.tensor('f32', policy.param(name).shape)]),
    );
  }

  /** Starts a new accumulation: what the buffers hold counts no more. */
  zero(): void {
    this.touched.clear();
  }

  /** Ends an accumulation: parameters that nothing reached have a gradient of zero. */
  settle(): void {
    for (const [name, tensor] of this.buffers) {
      if (!this.touched.has(name)) this.runtime.fill(tensor, 0);
    }
  }

  /**
   * Where a contribution to `name` is to be written, and the step to run after it, if any.
   * Steps must run in the order in which their targets were taken.
   */
  target(
    name: string,
    arena: Arena,
  ): { readonly tensor: Tensor; readonly after: Step | undefined } {
    const buffer = this.buffers.get(name);
    if (buffer === undefined) throw new RangeError(`no gradient buffer for ${name}`);
    if (!this.touched.has(name)) {
      this.touched.add(name);
      return { tensor: buffer, after: undefined };
    }
    const scratch = arena.take('f32', buffer.shape);
    // In place: elementwise addition reads each element before it writes it.
    const after = this.adder(buffer.shape.length).bind({ a: buffer, b: scratch }, { sum: buffer });
    return { tensor: scratch, after };
  }

  /** The gradient as accumulated so far. */
  read(name: string): Float32Array<ArrayBuffer> {
    this.settle();
    const buffer = this.buffers.get(name);
    if (buffer === undefined) throw new RangeError(`no gradient buffer for ${name}`);
    return this.runtime.readF32(buffer);
  }

  dispose(): void {
    for (const tensor of this.buffers.values()) tensor.dispose();
  }

  private adder(rank: number): Program {
    const found = this.adders.get(rank);
    if (found !== undefined) return found;
    const g = new GraphBuilder('accumulate');
    const shape = Array.from({ length: rank }, (_, axis) => `d${axis}`);
    g.output('sum', g.add(g.input('a', 'f32', shape), g.input('b', 'f32', shape)));
    const program = this.runtime.compile(g.finish());
    this.adders.set(rank, program);
    return program;
  }
}
