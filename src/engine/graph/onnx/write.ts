/**
 * Graph in, bytes of an ONNX model out. Each node becomes what its row's `onnx` says; symbolic
 * sizes become dim_params; inputs and outputs keep their names, everything else is numbered.
 */
import { rowOf } from '../ops/index.ts';
import type { Emitter, OnnxAttr, OnnxAttrs } from '../ops/op.ts';
import {
  type Dim,
  type DType,
  type Graph,
  type NamedValue,
  type TensorData,
  type TensorType,
  tensorData,
  type Value,
} from '../value.ts';
import { ONNX_DTYPE } from './dtype.ts';
import { Message } from './proto.ts';

/** The last opset before ONNX grew dtypes we do not use; CPU kernels exist in f32 and f64. */
const OPSET = 20;
/** The IR version that came with that opset. */
const IR_VERSION = 9;
const DOMAIN = 'rationale';
const DOMAIN_VERSION = 1;

/** @param graph as finished by a builder; fused rows become nodes of domain `rationale` */
export function toOnnx(graph: Graph): Uint8Array {
  const writer = new Writer(graph);
  const opset = (domain: string, version: number) =>
    new Message().string(1, domain).int(2, version);
  return new Message()
    .int(1, IR_VERSION)
    .string(2, 'rationale')
    .message(7, writer.write())
    .message(8, opset('', OPSET))
    .message(8, opset(DOMAIN, DOMAIN_VERSION))
    .finish();
}

class Writer implements Emitter {
  readonly #graph: Graph;
  readonly #message = new Message();
  readonly #names = new Map<number, string>();
  /** Initialisers and shape reads that were written already, by what they hold. */
  readonly #shared = new Map<string, string>();
  #fresh = 0;
  #label = '';

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  write(): Message {
    const { name, inputs, constants, nodes, outputs } = this.#graph;
    for (const entry of inputs) this.#names.set(entry.value.id, entry.name);
    for (const { value, data } of constants)
      this.#names.set(value.id, this.#initializer(value, data));
    const copies = outputs.filter(({ name: output, value }) => {
      if (this.#names.has(value.id)) return true;
      this.#names.set(value.id, output);
      return false;
    });
    for (const [i, node] of nodes.entries()) {
      this.#label = `${i}:${node.op}@${node.source?.split(/[\\/]/).at(-1) ?? name}`;
      const { onnx } = rowOf(node.op);
      const inputNames = node.inputs.map((value) => this.#name(value));
      const outputNames = node.outputs.map((value) => this.#name(value));
      if (typeof onnx === 'string') this.into(outputNames, onnx, inputNames);
      else {
        onnx(this, {
          inputs: inputNames,
          outputs: outputNames,
          inputTypes: node.inputs,
          outputTypes: node.outputs,
          attrs: node.attrs,
        });
      }
    }
    this.#label = 'copy';
    for (const copy of copies) this.into([copy.name], 'Identity', [this.#name(copy.value)]);
    for (const entry of inputs) this.#message.message(11, valueInfo(entry));
    for (const entry of outputs) this.#message.message(12, valueInfo(entry));
    return this.#message.string(2, name);
  }

  node(type: string, inputs: readonly string[], attrs?: OnnxAttrs): string {
    const output = `%${this.#fresh++}`;
    this.into([output], type, inputs, attrs);
    return output;
  }

  into(
    outputs: readonly string[],
    type: string,
    inputs: readonly string[],
    attrs: OnnxAttrs = {},
    domain = '',
  ): void {
    const node = new Message();
    for (const name of inputs) node.string(1, name);
    for (const name of outputs) node.string(2, name);
    node.string(3, `${this.#label}#${this.#fresh++}`).string(4, type);
    for (const [name, attr] of Object.entries(attrs)) node.message(5, attribute(name, attr));
    if (domain !== '') node.string(7, domain);
    this.#message.message(1, node);
  }

  constant(dtype: DType, shape: readonly number[], values: readonly number[]): string {
    return this.#once(`${dtype} ${shape} ${values}`, () =>
      this.#initializer({ dtype, shape }, tensorData(values, dtype)),
    );
  }

  shapeOf(name: string, { shape }: TensorType): string {
    const known = numeric(shape);
    return known === undefined
      ? this.#once(`shape ${name}`, () => this.node('Shape', [name]))
      : this.constant('i64', [known.length], known);
  }

  sizeOf(name: string, { shape }: TensorType, axis: number): string {
    const size = shape[axis] ?? 1;
    return typeof size === 'number'
      ? this.constant('i64', [1], [size])
      : this.#once(`size ${name} ${axis}`, () =>
          this.node('Shape', [name], { start: { i: axis }, end: { i: axis + 1 } }),
        );
  }

  #name(value: Value): string {
    const known = this.#names.get(value.id);
    if (known !== undefined) return known;
    const name = `%${this.#fresh++}`;
    this.#names.set(value.id, name);
    return name;
  }

  #once(key: string, write: () => string): string {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = write();
    this.#shared.set(key, name);
    return name;
  }

  #initializer({ dtype, shape }: TensorType, data: TensorData): string {
    const isHalf = dtype === 'f16' || dtype === 'bf16';
    const name = `%${this.#fresh++}`;
    const tensor = new Message();
    for (const dim of shape) tensor.int(1, Number(dim));
    tensor.int(2, ONNX_DTYPE[isHalf ? 'f32' : dtype]).string(8, name);
    tensor.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.#message.message(5, tensor);
    return isHalf ? this.node('Cast', [name], { to: { i: ONNX_DTYPE[dtype] } }) : name;
  }
}

function numeric(shape: readonly Dim[]): number[] | undefined {
  const known = shape.filter((dim) => typeof dim === 'number');
  return known.length === shape.length ? known : undefined;
}

function attribute(name: string, attr: OnnxAttr): Message {
  const message = new Message().string(1, name);
  if ('f' in attr) return message.float(2, attr.f).int(20, 1);
  if ('i' in attr) return message.int(3, attr.i).int(20, 2);
  if ('s' in attr) return message.string(4, attr.s).int(20, 3);
  for (const value of attr.ints) message.int(8, value);
  return message.int(20, 7);
}

function valueInfo({ name, value }: NamedValue): Message {
  const shape = new Message();
  for (const dim of value.shape) {
    shape.message(
      1,
      typeof dim === 'number' ? new Message().int(1, dim) : new Message().string(2, dim),
    );
  }
  const tensor = new Message().int(1, ONNX_DTYPE[value.dtype]).message(2, shape);
  return new Message().string(1, name).message(2, new Message().message(1, tensor));
}
