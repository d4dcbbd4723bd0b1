/**
 * What a row of the op table answers: how a call becomes inputs and attributes, the types of the
 * outputs, the ONNX nodes, the reverse rule (vjp) or why there is none, and example inputs from
 * which the tests check all of it. A fused row also answers `composite`: the same result in
 * ordinary ops, which is its definition, its fallback and its oracle at once.
 */
import { LabError } from '../../../shared/errors.ts';
import type { Attrs, DType, TensorData, TensorType, Value } from '../value.ts';
import type { Operand, OpName, Ops } from './signatures.ts';

/** What rules may use while they build: every op, constants, and the reverse walk. */
export interface Scope extends Ops {
  constant(data: number | TensorData, type?: { dtype?: DType; shape?: readonly number[] }): Value;
  /** Gradients of `wrt` given those of `outputs` (null = none flows), by the rows' reverse rules. */
  pullback(
    wrt: readonly Value[],
    outputs: readonly Value[],
    grads: readonly (Value | null)[],
  ): Value[];
}

/** ONNX attribute, tagged with its field as ONNX tells 1 from 1.0. */
export type OnnxAttr =
  | { readonly i: number }
  | { readonly f: number }
  | { readonly s: string }
  | { readonly ints: readonly number[] };
export type OnnxAttrs = Readonly<Record<string, OnnxAttr>>;

/** What an `onnx` rule writes to. Tensors are names here. */
export interface Emitter {
  /** Adds a node with fresh outputs. @returns the name of the first. */
  node(type: string, inputs: readonly string[], attrs?: OnnxAttrs): string;
  /** Adds a node that makes exactly the named outputs. */
  into(
    outputs: readonly string[],
    type: string,
    inputs: readonly string[],
    attrs?: OnnxAttrs,
    domain?: string,
  ): void;
  constant(dtype: DType, shape: readonly number[], values: readonly number[]): string;
  /** Name of an i64 [rank] tensor: the run-time shape of a tensor. */
  shapeOf(name: string, type: TensorType): string;
  /** The same for one axis, i64 [1]. */
  sizeOf(name: string, type: TensorType, axis: number): string;
}

export interface EmitNode<A> {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
  readonly attrs: A;
}

/** A tensor of an example; float dtypes follow the test (f32 or f64). */
export interface Sample {
  readonly dtype: 'float' | DType;
  readonly shape: readonly number[];
  /** Uniform in [low, high); absent: standard normal. */
  readonly range?: readonly [number, number];
  readonly values?: readonly number[];
  /** Rounded down to whole numbers, so that ties occur. */
  readonly whole?: boolean;
}

export interface Example<A> {
  readonly inputs: readonly Sample[];
  readonly attrs?: A;
}

export interface Application<In, Out, A> {
  readonly inputs: In;
  readonly outputs: Out;
  readonly attrs: A;
}

type Grads<T extends readonly unknown[]> = { readonly [K in keyof T]: Value | null };
type Types<T extends readonly unknown[]> = { readonly [K in keyof T]: TensorType };

/** One row. `In` and `Out` are tuples of values, `A` the attributes, `Args` the method's arguments. */
export interface Op<
  In extends readonly (Value | undefined)[],
  Out extends readonly Value[],
  A,
  Args extends unknown[],
> {
  call(g: Scope, ...args: Args): { readonly inputs: In; readonly attrs?: A };
  /** Names of the outputs; absent: one output, returned bare. `'list'`: returned as an array. */
  readonly outputs?: readonly string[] | 'list';
  infer(inputs: In, attrs: A): Types<Out>;
  /** The ai.onnx type where one node without attributes does; a rule otherwise. */
  readonly onnx: string | ((e: Emitter, node: EmitNode<A>) => void);
  readonly vjp:
    | ((g: Scope, node: Application<In, Out, A>, grads: Grads<Out>) => readonly (Value | null)[])
    | { readonly none: string };
  readonly composite?: ((g: Scope, inputs: In, attrs: A) => Out) | { readonly none: string };
  /** Type in domain `rationale`; rows that have one are the fused ones. */
  readonly fused?: string;
  /** Costs little next to a matrix product: rather computed again than kept. */
  readonly cheap?: boolean;
  /** Inputs of which only the shape is read. */
  readonly shapeOnly?: readonly number[];
  readonly examples: readonly Example<A>[];
}

/** Any row, as the walkers see it. Methods are bivariant, so every `Op` is one. */
export type OpRow = Op<readonly Value[], readonly Value[], Attrs, never[]>;

export type One = readonly [Value];
export type Two = readonly [Value, Value];
export type Three = readonly [Value, Value, Value];
export type Four = readonly [Value, Value, Value, Value];

export function defineOp<
  Name extends OpName,
  In extends readonly (Value | undefined)[],
  Out extends readonly Value[] = One,
  A = Record<string, never>,
>(row: Op<In, Out, A, Parameters<Ops[Name]>>): Op<In, Out, A, Parameters<Ops[Name]>> {
  return row;
}

/** The `onnx` rule of a fused row: one node of domain `rationale`. */
export function custom<A>(
  type: string,
  attrs: (attrs: A) => OnnxAttrs = () => ({}),
): { readonly fused: string; readonly onnx: (e: Emitter, node: EmitNode<A>) => void } {
  return {
    fused: type,
    onnx: (e, node) => e.into(node.outputs, type, node.inputs, attrs(node.attrs), 'rationale'),
  };
}

/** A list as an i64 tensor: how ONNX takes axes and sizes. */
export function i64(e: Emitter, list: readonly number[]): string {
  return e.constant('i64', [list.length], list);
}

/** Bad types in a call; the builder adds the op's name and the line that made the call. */
export function mismatch(message: string, hint?: string): LabError {
  return new LabError('graph/shape-mismatch', message, { hint });
}
export function wrongDtype(message: string, hint?: string): LabError {
  return new LabError('graph/dtype-mismatch', message, { hint });
}

/** For outputs that are kept for reading, not for learning: fails when a gradient arrives. */
export function refuseGradient(grad: Value | null, output: string): void {
  if (grad !== null) {
    throw new LabError('graph/no-gradient', `no gradient flows through output '${output}'`, {
      hint: 'build that quantity from ordinary ops, or stop the gradient before it',
    });
  }
}

/** Turns numbers into scalar constants of the dtype of the value beside them. */
export function operands(g: Scope, list: readonly Operand[]): Value[] {
  const beside = list.find((x) => typeof x !== 'number');
  const dtype = typeof beside === 'object' ? beside.dtype : 'f32';
  return list.map((x) => (typeof x === 'number' ? g.constant(x, { dtype }) : x));
}

/** An axis counted from the start. @throws when it is not one of `rank` axes. */
export function axisOf(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank) {
    throw mismatch(`axis ${axis} is outside a tensor of rank ${rank}`);
  }
  return positive;
}

export const tensor = (...shape: number[]): Sample => ({ dtype: 'float', shape });
export const between = (low: number, high: number, ...shape: number[]): Sample => ({
  dtype: 'float',
  shape,
  range: [low, high],
});
export const values = (dtype: Sample['dtype'], shape: number[], list: number[]): Sample => ({
  dtype,
  shape,
  values: list,
});
