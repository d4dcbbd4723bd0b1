/**
 * The nouns of the graph room: a symbolic tensor (`Value`), the node that makes it and the finished
 * `Graph`. Plain readonly data; `builder.ts` makes it, every other file here reads it.
 */
import type { DType } from '../native/binding.ts';

export type { DType };

/** A size known when the graph is built, or the name of one known when it runs, e.g. `'N'`. */
export type Dim = number | string;

/** What is known about a tensor before it exists. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** A symbolic tensor. Values of one builder (and of the graph it finishes) have distinct ids. */
export interface Value extends TensorType {
  readonly id: number;
}

export type AttrValue = number | string | boolean | readonly Dim[];
export type Attrs = Readonly<Record<string, AttrValue>>;

/** One application of a row of the op table. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attrs: Attrs;
  readonly outputs: readonly Value[];
  /** Where the model or objective code built it: `file:line:column`. */
  readonly source: string | undefined;
}

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

export interface Constant {
  readonly value: Value;
  readonly data: TensorData;
}

/** Nodes are in an order in which they can run. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly NamedValue[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly NamedValue[];
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'f64' || dtype === 'f16' || dtype === 'bf16';
}

export function usesF64(graph: Graph): boolean {
  const isF64 = ({ dtype }: Value) => dtype === 'f64';
  return (
    graph.inputs.some(({ value }) => isF64(value)) ||
    graph.nodes.some((node) => node.outputs.some(isF64))
  );
}

/** `f32 [N,768]`, the way error messages and docs write a tensor. */
export function formatType(type: TensorType): string {
  return `${type.dtype} ${formatShape(type.shape)}`;
}

export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.join(',')}]`;
}

/** The input or output called `name`. @returns undefined where there is none. */
export function valueNamed(list: readonly NamedValue[], name: string): Value | undefined {
  return list.find((entry) => entry.name === name)?.value;
}

/** Numbers as the array that holds a dtype; f16 and bf16 are held as f32. */
export function tensorData(list: readonly number[] | TensorData, dtype: DType): TensorData {
  if (list instanceof BigInt64Array) return list;
  switch (dtype) {
    case 'f64':
      return Float64Array.from(list);
    case 'i32':
      return Int32Array.from(list);
    case 'i64':
      return BigInt64Array.from(list, BigInt);
    case 'u8':
    case 'bool':
      return Uint8Array.from(list);
    default:
      return Float32Array.from(list);
  }
}
