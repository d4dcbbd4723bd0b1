/**
 * Ops that work element by element, with NumPy broadcasting: arithmetic, functions of one value,
 * comparisons, logic and casts. Gradients of broadcast inputs are summed back to their shape.
 */

import { ONNX_DTYPE } from '../onnx/dtype.ts';
import { broadcast, broadcastAxes } from '../shape.ts';
import { type DType, formatType, isFloat, type Value } from '../value.ts';
import {
  between,
  defineOp,
  type Example,
  type One,
  type Op,
  operands,
  type Scope,
  type Three,
  type Two,
  tensor,
  values,
  wrongDtype,
} from './op.ts';
import type { Operand, OpName } from './signatures.ts';

/** The gradient of an input that was broadcast: summed over the axes that were. */
export function reduceTo(g: Scope, grad: Value, input: Value): Value {
  const axes = broadcastAxes(input.shape, grad.shape);
  if (axes.length === 0) return grad;
  const lead = grad.shape.length - input.shape.length;
  const inside = axes.filter((axis) => axis >= lead).map((axis) => axis - lead);
  const flat = lead === 0 ? grad : g.sum(grad, { axes: axes.slice(0, lead) });
  return inside.length === 0 ? flat : g.sum(flat, { axes: inside, keep: true });
}

function expectSame(a: Value, b: Value): void {
  if (a.dtype !== b.dtype) {
    throw wrongDtype(
      `operands must have one dtype: got ${formatType(a)} and ${formatType(b)}`,
      'cast one of them',
    );
  }
}

function expectFloat(x: Value): void {
  if (!isFloat(x.dtype)) throw wrongDtype(`expected a float tensor: got ${formatType(x)}`);
}

function expectBool(x: Value): void {
  if (x.dtype !== 'bool') throw wrongDtype(`expected a bool tensor: got ${formatType(x)}`);
}

type Unary = Op<One, One, Record<string, never>, [x: Value]>;
type Binary = Op<Two, One, Record<string, never>, [a: Operand, b: Operand]>;
type UnaryVjp = (g: Scope, x: Value, y: Value, dy: Value) => Value | null;
type BinaryVjp = (
  g: Scope,
  node: { a: Value; b: Value; y: Value },
  dy: Value,
) => [Value | null, Value | null];

function unary(onnx: Unary['onnx'], vjp: UnaryVjp, sample = tensor(3, 5)): Unary {
  return {
    call: (_, x) => ({ inputs: [x] }),
    infer([x]) {
      expectFloat(x);
      return [x];
    },
    onnx,
    vjp: (g, { inputs: [x], outputs: [y] }, [dy]) => [dy && vjp(g, x, y, dy)],
    cheap: true,
    examples: [{ inputs: [sample] }, { inputs: [{ ...sample, shape: [0, 3] }] }],
  };
}

const pairs = (make: (...shape: number[]) => Example<never>['inputs'][number]) =>
  [
    [[31], [31]],
    [
      [2, 1, 5],
      [3, 1],
    ],
    [[], [4, 33]],
    [[0, 3], [3]],
  ].map(([a = [], b = []]) => ({ inputs: [make(...a), make(...b)] }));

function binary(onnx: string, vjp: BinaryVjp, make = tensor): Binary {
  return {
    call(g, a, b) {
      const [x, y] = operands(g, [a, b]) as [Value, Value]; // as: one value per operand
      return { inputs: [x, y] };
    },
    infer([a, b]) {
      expectSame(a, b);
      return [{ dtype: a.dtype, shape: broadcast(a.shape, b.shape) }];
    },
    onnx,
    vjp(g, { inputs: [a, b], outputs: [y] }, [dy]) {
      if (dy === null) return [null, null];
      const [da, db] = vjp(g, { a, b, y }, dy);
      return [da && reduceTo(g, da, a), db && reduceTo(g, db, b)];
    },
    cheap: true,
    examples: pairs(make),
  };
}

function comparison(onnx: string): Binary {
  return {
    ...binary(
      onnx,
      () => [null, null],
      (...shape) => ({ ...between(0, 4, ...shape), whole: true }),
    ),
    infer([a, b]) {
      expectSame(a, b);
      return [{ dtype: 'bool', shape: broadcast(a.shape, b.shape) }];
    },
    vjp: { none: 'a comparison is constant between its steps' },
  };
}

function logic<Name extends OpName & ('and' | 'or')>(onnx: string) {
  return defineOp<Name, Two>({
    call: (_, a, b) => ({ inputs: [a, b] }),
    infer([a, b]) {
      expectBool(a);
      expectBool(b);
      return [{ dtype: 'bool', shape: broadcast(a.shape, b.shape) }];
    },
    onnx,
    vjp: { none: 'boolean output' },
    cheap: true,
    examples: [
      { inputs: [values('bool', [4], [0, 0, 1, 1]), values('bool', [4], [0, 1, 0, 1])] },
      { inputs: [values('bool', [2, 1], [0, 1]), values('bool', [2], [0, 1])] },
    ],
  });
}

/** minimum and maximum: `wins` says where the first operand alone is the result. */
function extremum(onnx: string, wins: 'less' | 'greater'): Binary {
  return binary(onnx, (g, { a, b }, dy) => {
    const shared = g.where(g.equal(a, b), g.mul(dy, 0.5), g.expandLike(0, dy));
    const first = g[wins](a, b);
    const second = g[wins](b, a);
    return [g.where(first, dy, shared), g.where(second, dy, shared)];
  });
}

const positive = (...shape: number[]) => between(0.5, 2, ...shape);

export const elementwise = {
  add: binary('Add', (_, __, dy) => [dy, dy]),
  sub: binary('Sub', (g, _, dy) => [dy, g.neg(dy)]),
  mul: binary('Mul', (g, { a, b }, dy) => [g.mul(dy, b), g.mul(dy, a)]),
  div: binary('Div', (g, { b, y }, dy) => [g.div(dy, b), g.neg(g.div(g.mul(dy, y), b))], positive),
  minimum: extremum('Min', 'less'),
  maximum: extremum('Max', 'greater'),
  neg: unary('Neg', (g, _, __, dy) => g.neg(dy)),
  exp: unary('Exp', (g, _, y, dy) => g.mul(dy, y)),
  log: unary('Log', (g, x, _, dy) => g.div(dy, x), between(0.5, 2, 3, 5)),
  sqrt: unary('Sqrt', (g, _, y, dy) => g.div(g.mul(dy, 0.5), y), between(0.5, 2, 3, 5)),
  sigmoid: unary('Sigmoid', (g, _, y, dy) => g.mul(dy, g.mul(y, g.sub(1, y)))),
  // ONNX Softplus has no f64 CPU kernel; max(x, 0) + log(1 + exp(-|x|)) never overflows.
  softplus: unary(
    (e, { inputs: [x = ''], outputs, inputTypes: [type] }) => {
      const dtype = type?.dtype ?? 'f32';
      const tail = e.node('Exp', [e.node('Neg', [e.node('Abs', [x])])]);
      const log = e.node('Log', [e.node('Add', [tail, e.constant(dtype, [], [1])])]);
      e.into(outputs, 'Add', [e.node('Max', [x, e.constant(dtype, [], [0])]), log]);
    },
    (g, x, _, dy) => g.mul(dy, g.sigmoid(x)),
  ),
  tanh: unary('Tanh', (g, _, y, dy) => g.mul(dy, g.sub(1, g.mul(y, y)))),
  // NOTE: the CPU has Erf in f32 only; in f64 graphs (oracles) it is f32-accurate, about 1e-7.
  erf: unary(
    (e, { inputs: [x = ''], outputs, inputTypes: [type] }) => {
      if (type?.dtype !== 'f64') return e.into(outputs, 'Erf', [x]);
      const narrow = e.node('Cast', [x], { to: { i: ONNX_DTYPE.f32 } });
      e.into(outputs, 'Cast', [e.node('Erf', [narrow])], { to: { i: ONNX_DTYPE.f64 } });
    },
    (g, x, _, dy) => g.mul(dy, g.mul(g.exp(g.neg(g.mul(x, x))), 2 / Math.sqrt(Math.PI))),
  ),
  abs: unary('Abs', (g, x, _, dy) => g.mul(dy, g.sign(x))),
  sign: unary('Sign', () => null),
  clamp: defineOp<'clamp', One, One, { low: number; high: number }>({
    call: (_, x, low, high) => ({ inputs: [x], attrs: { low, high } }),
    infer([x], { low, high }) {
      expectFloat(x);
      if (!(low <= high)) throw wrongDtype(`low must not exceed high: got ${low} and ${high}`);
      return [x];
    },
    onnx(e, { inputs: [x = ''], outputs, inputTypes: [type], attrs: { low, high } }) {
      const bound = (value: number) => e.constant(type?.dtype ?? 'f32', [], [value]);
      e.into(outputs, 'Clip', [x, bound(low), bound(high)]);
    },
    vjp(g, { inputs: [x], attrs: { low, high } }, [dy]) {
      if (dy === null) return [null];
      const inside = g.and(g.greaterEqual(x, low), g.lessEqual(x, high));
      return [g.where(inside, dy, g.expandLike(0, dy))];
    },
    cheap: true,
    examples: [
      { inputs: [tensor(31)], attrs: { low: -0.5, high: 0.75 } },
      { inputs: [tensor(5)], attrs: { low: 0, high: Number.POSITIVE_INFINITY } },
    ],
  }),
  where: defineOp<'where', Three>({
    call(g, condition, a, b) {
      const [x, y] = operands(g, [a, b]) as [Value, Value]; // as: one value per operand
      return { inputs: [condition, x, y] };
    },
    infer([condition, a, b]) {
      expectBool(condition);
      expectSame(a, b);
      return [{ dtype: a.dtype, shape: broadcast(condition.shape, a.shape, b.shape) }];
    },
    onnx: 'Where',
    vjp(g, { inputs: [condition, a, b] }, [dy]) {
      if (dy === null) return [null, null, null];
      const zero = g.expandLike(0, dy);
      return [
        null,
        reduceTo(g, g.where(condition, dy, zero), a),
        reduceTo(g, g.where(condition, zero, dy), b),
      ];
    },
    cheap: true,
    examples: [
      { inputs: [values('bool', [4], [0, 0, 1, 1]), tensor(4), tensor(4)] },
      { inputs: [values('bool', [2, 1], [0, 1]), tensor(3), tensor(1, 1)] },
    ],
  }),
  equal: comparison('Equal'),
  less: comparison('Less'),
  greater: comparison('Greater'),
  lessEqual: comparison('LessOrEqual'),
  greaterEqual: comparison('GreaterOrEqual'),
  and: logic<'and'>('And'),
  or: logic<'or'>('Or'),
  not: defineOp<'not', One>({
    call: (_, x) => ({ inputs: [x] }),
    infer([x]) {
      expectBool(x);
      return [x];
    },
    onnx: 'Not',
    vjp: { none: 'boolean output' },
    cheap: true,
    examples: [{ inputs: [values('bool', [3], [0, 1, 1])] }],
  }),
  cast: defineOp<'cast', One, One, { dtype: DType }>({
    call: (_, x, dtype) => ({ inputs: [x], attrs: { dtype } }),
    infer: ([x], { dtype }) => [{ dtype, shape: x.shape }],
    onnx(e, { inputs, outputs, attrs: { dtype } }) {
      e.into(outputs, 'Cast', inputs, { to: { i: ONNX_DTYPE[dtype] } });
    },
    vjp: (g, { inputs: [x], outputs: [y] }, [dy]) => [
      dy !== null && isFloat(x.dtype) && isFloat(y.dtype) ? g.cast(dy, x.dtype) : null,
    ],
    cheap: true,
    examples: [
      { inputs: [tensor(7)], attrs: { dtype: 'f64' } },
      { inputs: [values('i32', [3], [-1, 0, 7])], attrs: { dtype: 'f32' } },
      { inputs: [values('bool', [2], [0, 1])], attrs: { dtype: 'f64' } },
    ],
  }),
  stopGradient: unary('Identity', () => null),
};
