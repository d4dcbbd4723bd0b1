/**
 * Runs a small finished graph over host arrays: named numbers in, named numbers out. Tensors are kept
 * per set of sizes, so that steps of the same shape allocate nothing.
 */
import { LabError } from '../../shared/errors.ts';
import type { Dim, DType, Graph, NamedValue } from '../graph/value.ts';
import type { Program, Step } from '../runtime/program.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Tensor } from '../runtime/tensor.ts';

export type HostArray = Float32Array | Float64Array | Int32Array;

/** Values of the symbolic sizes of one run, e.g. `{ B: 16, T: 40 }`. */
export type Sizes = Readonly<Record<string, number>>;

interface Bound {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly step: Step;
}

/** Completion lengths differ from step to step; more sets than this are let go, oldest first. */
const KEPT_SHAPES = 8;

export class GraphRunner {
  private readonly runtime: Runtime;
  private readonly graph: Graph;
  private readonly program: Program;
  private readonly bound = new Map<string, Bound>();

  constructor(runtime: Runtime, graph: Graph) {
    this.runtime = runtime;
    this.graph = graph;
    this.program = runtime.compile(graph);
  }

  /**
   * @param inputs by name of the graph's inputs; floats are converted to the input's dtype
   * @returns every output of the graph as float64
   * @throws LabError `graph/shape-mismatch` if an array is missing or has another length than its shape
   */
  async run(
    inputs: Readonly<Record<string, HostArray>>,
    sizes: Sizes,
  ): Promise<Record<string, Float64Array>> {
    const { inputs: into, outputs, step } = this.bindFor(sizes);
    for (const { name, value } of this.graph.inputs) {
      const tensor = into[name];
      const data = inputs[name];
      const expected = elementCount(value.shape, sizes);
      if (tensor === undefined || data === undefined || data.length !== expected) {
        throw new LabError(
          'graph/shape-mismatch',
          `[${this.graph.name}] input '${name}' must have [${value.shape.join(',')}] = ${expected} numbers, got ${data === undefined ? 'none' : data.length}`,
        );
      }
      this.runtime.write(tensor, convert(data, value.dtype));
    }
    await this.runtime.run([step]);
    const results: Record<string, Float64Array> = {};
    for (const [name, tensor] of Object.entries(outputs)) {
      results[name] = Float64Array.from(this.runtime.read(tensor), Number);
    }
    return results;
  }

  dispose(): void {
    for (const set of this.bound.values()) release(set);
    this.bound.clear();
  }

  private bindFor(sizes: Sizes): Bound {
    const key = JSON.stringify(sizes);
    const known = this.bound.get(key);
    if (known !== undefined) return known;
    if (this.bound.size >= KEPT_SHAPES) {
      const [oldest, set] = [...this.bound][0] ?? [];
      if (oldest !== undefined && set !== undefined) {
        release(set);
        this.bound.delete(oldest);
      }
    }
    const allocate = (list: readonly NamedValue[]) =>
      Object.fromEntries(
        list.map(({ name, value }) => [
          name,
          this.runtime.tensor(
            value.dtype,
            value.shape.map((dim) => sizeOf(dim, sizes)),
          ),
        ]),
      );
    const inputs = allocate(this.graph.inputs);
    const outputs = allocate(this.graph.outputs);
    const fresh = { inputs, outputs, step: this.program.bind(inputs, outputs) };
    this.bound.set(key, fresh);
    return fresh;
  }
}

function release(set: Bound): void {
  for (const tensor of [...Object.values(set.inputs), ...Object.values(set.outputs)])
    tensor.dispose();
}

function sizeOf(dim: Dim, sizes: Sizes): number {
  const size = typeof dim === 'number' ? dim : sizes[dim];
  if (size === undefined)
    throw new LabError('graph/shape-mismatch', `no size was given for the axis '${dim}'`);
  return size;
}

function elementCount(shape: readonly Dim[], sizes: Sizes): number {
  return shape.reduce<number>((product, dim) => product * sizeOf(dim, sizes), 1);
}

function convert(data: HostArray, dtype: DType): HostArray {
  switch (dtype) {
    case 'f32':
      return data instanceof Float32Array ? data : Float32Array.from(data);
    case 'f64':
      return data instanceof Float64Array ? data : Float64Array.from(data);
    case 'i32':
      return data instanceof Int32Array ? data : Int32Array.from(data);
    default:
      throw new LabError(
        'graph/dtype-mismatch',
        `host arrays are f32, f64 or i32, the graph wants ${dtype}`,
      );
  }
}
