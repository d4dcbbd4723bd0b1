/**
 * Builds graphs: `input`, `constant`, one method per op (`ops/signatures.ts`), `output`, `finish`.
 * Types are checked as each node is made; an error names the op, what arrived and the source line
 * of the model code. Node order is build order, so a graph is always in running order.
 */
import { LabError } from '../../shared/errors.ts';
import { opNames, rowOf } from './ops/index.ts';
import type { Scope } from './ops/op.ts';
import type { Ops } from './ops/signatures.ts';
import { reverse } from './reverse.ts';
import { sameShape } from './shape.ts';
import { callSite } from './source.ts';
import type {
  Attrs,
  Constant,
  Dim,
  DType,
  Graph,
  NamedValue,
  Node,
  TensorData,
  TensorType,
  Value,
} from './value.ts';
import { formatType, tensorData } from './value.ts';
import { verify } from './verify.ts';

export interface ConstantType {
  readonly dtype?: DType;
  readonly shape?: readonly number[];
}

class Builder {
  readonly name: string;
  readonly inputs: NamedValue[] = [];
  readonly constants: Constant[] = [];
  readonly nodes: Node[] = [];
  readonly outputs: NamedValue[] = [];
  #nextId = 0;
  #source: string | undefined;
  readonly #scalars = new Map<string, Value>();

  constructor(name: string) {
    this.name = name;
  }

  /** A builder that goes on where a finished graph ends; the values of the graph stay valid in it. */
  static resume(graph: Graph, name = graph.name): GraphBuilder {
    const g = new GraphBuilder(name);
    g.inputs.push(...graph.inputs);
    g.constants.push(...graph.constants);
    g.nodes.push(...graph.nodes);
    g.outputs.push(...graph.outputs);
    g.skipIds([
      ...graph.inputs.map((x) => x.value),
      ...graph.constants.map((c) => c.value),
      ...graph.nodes.flatMap((n) => n.outputs),
    ]);
    return g;
  }

  /** @throws LabError `graph/invalid` when the name is taken */
  input(name: string, dtype: DType, shape: readonly Dim[]): Value {
    if (this.inputs.some((entry) => entry.name === name)) {
      throw new LabError('graph/invalid', `graph '${this.name}' already has an input '${name}'`);
    }
    const value = this.#value({ dtype, shape });
    this.inputs.push({ name, value });
    return value;
  }

  /**
   * A value known now. A number makes a scalar (f32 unless told); an array is [length] unless told.
   * Meant for small tables: weights are inputs.
   */
  constant(data: number | readonly number[] | TensorData, type: ConstantType = {}): Value {
    if (typeof data === 'number') {
      const key = `${type.dtype ?? 'f32'} ${Object.is(data, -0) ? '-0' : data} ${type.shape ?? ''}`;
      const known = this.#scalars.get(key);
      if (known !== undefined) return known;
      const made = this.#constant([data], { dtype: 'f32', shape: [], ...type });
      this.#scalars.set(key, made);
      return made;
    }
    return this.#constant(data, type);
  }

  #constant(list: readonly number[] | TensorData, type: ConstantType): Value {
    const dtype = type.dtype ?? dtypeOf(list);
    const shape = type.shape ?? [list.length];
    const size = shape.reduce((product, dim) => product * dim, 1);
    if (size !== list.length) {
      throw new LabError(
        'graph/shape-mismatch',
        `[constant] ${formatType({ dtype, shape })} needs ${size} numbers: got ${list.length}`,
      );
    }
    const value = this.#value({ dtype, shape });
    this.constants.push({ value, data: tensorData(list, dtype) });
    return value;
  }

  /** @throws LabError `graph/invalid` when the name is taken */
  output(name: string, value: Value): void {
    if (this.outputs.some((entry) => entry.name === name)) {
      throw new LabError('graph/invalid', `graph '${this.name}' already has an output '${name}'`);
    }
    this.outputs.push({ name, value });
  }

  /** Adds a node by the name of its row. The methods are this, with arguments in a kinder order. */
  apply(op: string, inputs: readonly Value[], attrs: Attrs = {}): readonly Value[] {
    const source = this.#source ?? callSite();
    const types = this.#blame(op, source, () => rowOf(op).infer(inputs, attrs));
    const outputs = types.map((type) => this.#value(type));
    this.nodes.push({ op, inputs, attrs, outputs, source });
    return outputs;
  }

  /** The method of one op: arguments to inputs and attributes, a node, outputs as the row names them. */
  call(op: string, args: readonly unknown[]): unknown {
    const row = rowOf(op);
    const scope = this as unknown as Scope; // as: the op methods are on the prototype (see below)
    const source = this.#source ?? callSite();
    const { inputs, attrs } = this.#blame(op, source, () => row.call(scope, ...(args as never[]))); // as: typed by the method's signature
    const outputs = this.apply(op, inputs, attrs);
    if (row.outputs === 'list') return outputs;
    if (row.outputs === undefined) return outputs[0];
    return Object.fromEntries(row.outputs.map((name, i) => [name, outputs[i]]));
  }

  /** Gradients of `wrt` from those of `outputs` (null: none flows); zeros where nothing reaches one. */
  pullback(
    wrt: readonly Value[],
    outputs: readonly Value[],
    grads: readonly (Value | null)[],
  ): Value[] {
    const g = this as unknown as Scope; // as: the op methods are on the prototype (see below)
    const seeds = new Map<number, Value>();
    for (const [i, output] of outputs.entries()) {
      const grad = grads[i] ?? null;
      if (grad === null) continue;
      if (grad.dtype !== output.dtype || !sameShape(grad.shape, output.shape)) {
        throw new LabError(
          'graph/shape-mismatch',
          `[pullback] gradient of ${formatType(output)} must have its type: got ${formatType(grad)}`,
        );
      }
      const sofar = seeds.get(output.id);
      seeds.set(output.id, sofar === undefined ? grad : g.add(sofar, grad));
    }
    const found = reverse(g, {
      nodes: [...this.nodes],
      seeds,
      wrt,
      onBehalfOf: (node, rule) => this.attributed(node.source, rule),
    });
    return wrt.map((value) => found.get(value.id) ?? g.expandLike(0, value));
  }

  /** @throws LabError `graph/invalid` when the graph breaks a rule of `verify.ts` */
  finish(): Graph {
    const { name, inputs, constants, nodes, outputs } = this;
    const graph: Graph = {
      name,
      inputs: [...inputs],
      constants: [...constants],
      nodes: [...nodes],
      outputs: [...outputs],
    };
    verify(graph);
    return Object.freeze(graph);
  }

  /** Keeps new ids apart from those of values that came from elsewhere. */
  skipIds(values: readonly Value[]): void {
    for (const { id } of values) this.#nextId = Math.max(this.#nextId, id + 1);
  }

  #value({ dtype, shape }: TensorType): Value {
    return Object.freeze({ id: this.#nextId++, dtype, shape: Object.freeze([...shape]) });
  }

  /** Runs `build` with every node it makes attributed to `source` rather than to its caller. */
  attributed<T>(source: string | undefined, build: () => T): T {
    const before = this.#source;
    this.#source = source ?? before;
    try {
      return build();
    } finally {
      this.#source = before;
    }
  }

  /** Completes the error of a row's rule with the op's name and the line that called it. */
  #blame<T>(op: string, source: string | undefined, rule: () => T): T {
    try {
      return rule();
    } catch (thrown) {
      if (!(thrown instanceof LabError) || thrown.message.startsWith('[')) throw thrown;
      const where = source === undefined ? '' : `\n  at ${source}`;
      throw new LabError(thrown.code, `[${op}] ${thrown.message}${where}`, {
        hint: thrown.hint,
        details: { op, source, graph: this.name },
        cause: thrown,
      });
    }
  }
}

for (const op of opNames) {
  Object.defineProperty(Builder.prototype, op, {
    value(this: Builder, ...args: unknown[]) {
      return this.call(op, args);
    },
  });
}

export type GraphBuilder = Builder & Ops;
// as: the loop above gives the prototype every method of Ops
export const GraphBuilder = Builder as unknown as {
  new (name: string): GraphBuilder;
  resume(graph: Graph, name?: string): GraphBuilder;
};

function dtypeOf(data: readonly number[] | TensorData): DType {
  if (data instanceof Float64Array) return 'f64';
  if (data instanceof Int32Array) return 'i32';
  if (data instanceof BigInt64Array) return 'i64';
  if (data instanceof Uint8Array) return 'u8';
  return 'f32';
}
