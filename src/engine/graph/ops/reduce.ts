/**
 * Reductions over any axes, and softmax over the last. Gradients are broadcast back to the input.
 */

import { ONNX_DTYPE } from '../onnx/dtype.ts';
import { type Dim, formatType, isFloat, type Value } from '../value.ts';
import {
  axisOf,
  defineOp,
  type EmitNode,
  type Emitter,
  i64,
  type One,
  type Op,
  type Scope,
  tensor,
  wrongDtype,
} from './op.ts';
import type { ReduceOptions } from './signatures.ts';

type Attrs = { axes: readonly number[]; keep: boolean };
type Reduce = Op<One, One, Attrs, [x: Value, options?: ReduceOptions]>;

function axesOf(x: Value, axes: readonly number[] | undefined): number[] {
  const all = x.shape.map((_, axis) => axis);
  return axes === undefined ? all : axes.map((a) => axisOf(a, all.length)).sort((a, b) => a - b);
}

function reduced(shape: readonly Dim[], { axes, keep }: Attrs): Dim[] {
  return shape.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));
}

/** A reduced value with its lost axes back in place as size 1. */
function restore(g: Scope, y: Value, { axes, keep }: Attrs): Value {
  return keep ? y : axes.reduce<Value>((value, axis) => g.unsqueeze(value, axis), y);
}

function expectFloat(x: Value): void {
  if (!isFloat(x.dtype)) throw wrongDtype(`expected a float tensor: got ${formatType(x)}`);
}

function reduction(
  onnx: string,
  vjp: (g: Scope, node: { x: Value; y: Value; attrs: Attrs }, dy: Value) => Value,
): Reduce {
  return {
    call: (_, x, { axes, keep = false } = {}) => ({
      inputs: [x],
      attrs: { axes: axesOf(x, axes), keep },
    }),
    infer([x], attrs) {
      expectFloat(x);
      return [{ dtype: x.dtype, shape: reduced(x.shape, attrs) }];
    },
    onnx(e, { inputs: [x = ''], outputs, attrs: { axes, keep } }) {
      // NOTE: without axes ONNX would reduce all of them.
      if (axes.length === 0) return e.into(outputs, 'Identity', [x]);
      e.into(outputs, onnx, [x, i64(e, axes)], {
        keepdims: { i: Number(keep) },
      });
    },
    vjp: (g, { inputs: [x], outputs: [y], attrs }, [dy]) => [
      dy && vjp(g, { x, y: restore(g, y, attrs), attrs }, restore(g, dy, attrs)),
    ],
    examples: [
      { inputs: [tensor(3, 5)], attrs: { axes: [0, 1], keep: false } },
      { inputs: [tensor(2, 31, 3)], attrs: { axes: [1], keep: false } },
      { inputs: [tensor(2, 1, 7)], attrs: { axes: [0, 2], keep: true } },
    ],
  };
}

function lastAxis(
  onnx: string,
  vjp: (g: Scope, y: Value, dy: Value) => Value,
): Op<One, One, Record<string, never>, [x: Value]> {
  return {
    call: (_, x) => ({ inputs: [x] }),
    infer([x]) {
      expectFloat(x);
      axisOf(-1, x.shape.length);
      return [x];
    },
    onnx: (e, { inputs, outputs }) => e.into(outputs, onnx, inputs, { axis: { i: -1 } }),
    vjp: (g, { outputs: [y] }, [dy]) => [dy && vjp(g, y, dy)],
    examples: [{ inputs: [tensor(3, 31)] }, { inputs: [tensor(2, 1, 1)] }],
  };
}

const overLast = { axes: [-1], keep: true };

export const reduce = {
  sum: reduction('ReduceSum', (g, { x }, dy) => g.expandLike(dy, x)),
  mean: reduction('ReduceMean', (g, { x, attrs: { axes } }, dy) =>
    g.expandLike(g.div(dy, g.count(x, { axes })), x),
  ),
  max: reduction('ReduceMax', (g, { x, y, attrs: { axes } }, dy) => {
    const ties = g.cast(g.equal(x, y), x.dtype);
    return g.mul(ties, g.div(dy, g.sum(ties, { axes, keep: true })));
  }),
  count: defineOp<'count', One, One, { axes: readonly number[] }>({
    call: (_, x, { axes } = {}) => ({ inputs: [x], attrs: { axes: axesOf(x, axes) } }),
    infer: ([x]) => [{ dtype: x.dtype, shape: [] }],
    onnx: emitCount,
    vjp: () => [null],
    cheap: true,
    shapeOnly: [0],
    examples: [
      { inputs: [tensor(3, 5)], attrs: { axes: [0, 1] } },
      { inputs: [tensor(2, 31)], attrs: { axes: [1] } },
    ],
  }),
  softmax: lastAxis('Softmax', (g, y, dy) => g.mul(y, g.sub(dy, g.sum(g.mul(dy, y), overLast)))),
  logSoftmax: lastAxis('LogSoftmax', (g, y, dy) => g.sub(dy, g.mul(g.exp(y), g.sum(dy, overLast)))),
};

function emitCount(e: Emitter, node: EmitNode<{ axes: readonly number[] }>): void {
  const [type] = node.inputTypes;
  const [name = ''] = node.inputs;
  if (type === undefined) return;
  const sizes = node.attrs.axes.map((axis) => e.sizeOf(name, type, axis));
  const one = e.constant('i64', [], [1]);
  const product = sizes.reduce(
    (total, size) => e.node('Mul', [total, e.node('Squeeze', [size])]),
    one,
  );
  e.into(node.outputs, 'Cast', [product], { to: { i: ONNX_DTYPE[type.dtype] } });
}
