/**
 * Matrix products. `linear` and `gemm` are ONNX Gemm, whose transposes cost nothing, so no reverse
 * rule here materialises a transposed matrix except the batched `matmul`.
 */
import { broadcast, expectRank } from '../shape.ts';
import { type Dim, formatShape, formatType, isFloat, type Value } from '../value.ts';
import { reduceTo } from './elementwise.ts';
import { defineOp, mismatch, type Scope, type Two, tensor, wrongDtype } from './op.ts';

function expectFloats(...list: readonly Value[]): void {
  const [first] = list;
  if (first === undefined || !isFloat(first.dtype) || list.some((v) => v.dtype !== first.dtype)) {
    throw wrongDtype(`expected floats of one dtype: got ${list.map(formatType).join(' and ')}`);
  }
}

function expectInner(a: Value, b: Value, inner: readonly [Dim | undefined, Dim | undefined]): void {
  if (inner[0] !== inner[1]) {
    throw mismatch(
      `inner dimensions must agree: got ${formatShape(a.shape)} x ${formatShape(b.shape)}`,
    );
  }
}

/** Swaps the last two axes. */
function swapped(g: Scope, x: Value): Value {
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) => axis);
  return g.transpose(x, [...perm.slice(0, rank - 2), rank - 1, rank - 2]);
}

type GemmAttrs = { transA: boolean; transB: boolean };
type LinearIn = readonly [Value, Value, Value?];

export const matmul = {
  matmul: defineOp<'matmul', Two>({
    call: (_, a, b) => ({ inputs: [a, b] }),
    infer([a, b]) {
      expectFloats(a, b);
      if (a.shape.length < 2 || b.shape.length < 2) {
        throw mismatch(
          `both operands need at least 2 axes: got ${formatShape(a.shape)} x ${formatShape(b.shape)}`,
        );
      }
      expectInner(a, b, [a.shape.at(-1), b.shape.at(-2)]);
      const lead = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
      return [{ dtype: a.dtype, shape: [...lead, ...a.shape.slice(-2, -1), ...b.shape.slice(-1)] }];
    },
    onnx: 'MatMul',
    vjp(g, { inputs: [a, b] }, [dy]) {
      if (dy === null) return [null, null];
      return [
        reduceTo(g, g.matmul(dy, swapped(g, b)), a),
        reduceTo(g, g.matmul(swapped(g, a), dy), b),
      ];
    },
    examples: [
      { inputs: [tensor(3, 5), tensor(5, 2)] },
      { inputs: [tensor(2, 1, 3, 7), tensor(3, 7, 1)] },
      { inputs: [tensor(1, 31), tensor(2, 31, 33)] },
    ],
  }),
  gemm: defineOp<'gemm', Two, readonly [Value], GemmAttrs>({
    call: (_, a, b, options = {}) => ({
      inputs: [a, b],
      attrs: { transA: options.transA ?? false, transB: options.transB ?? false },
    }),
    infer([a, b], { transA, transB }) {
      expectFloats(a, b);
      expectRank(a, 2, 'a');
      expectRank(b, 2, 'b');
      const [rows, inner] = transA ? a.shape.toReversed() : a.shape;
      const [innerB, columns] = transB ? b.shape.toReversed() : b.shape;
      expectInner(a, b, [inner, innerB]);
      return [{ dtype: a.dtype, shape: [rows ?? 0, columns ?? 0] }];
    },
    onnx(e, { inputs, outputs, attrs: { transA, transB } }) {
      e.into(outputs, 'Gemm', inputs, {
        transA: { i: Number(transA) },
        transB: { i: Number(transB) },
      });
    },
    // y = op(a) op(b): each gradient is again one Gemm, with the operands in the order that
    // leaves the input as it lies in memory.
    vjp(g, { inputs: [a, b], attrs: { transA, transB } }, [dy]) {
      if (dy === null) return [null, null];
      return [
        transA
          ? g.gemm(b, dy, { transA: transB, transB: true })
          : g.gemm(dy, b, { transB: !transB }),
        transB
          ? g.gemm(dy, a, { transA: true, transB: transA })
          : g.gemm(a, dy, { transA: !transA }),
      ];
    },
    examples: [
      { inputs: [tensor(3, 5), tensor(5, 2)], attrs: { transA: false, transB: false } },
      { inputs: [tensor(5, 3), tensor(5, 2)], attrs: { transA: true, transB: false } },
      { inputs: [tensor(3, 5), tensor(2, 5)], attrs: { transA: false, transB: true } },
      { inputs: [tensor(5, 1), tensor(31, 5)], attrs: { transA: true, transB: true } },
    ],
  }),
  linear: defineOp<'linear', LinearIn>({
    call: (_, x, w, c) => ({ inputs: c === undefined ? [x, w] : [x, w, c] }),
    infer([x, w, c]) {
      expectFloats(x, w, ...(c === undefined ? [] : [c]));
      expectRank(x, 2, 'x');
      expectRank(w, 2, 'w');
      if (x.shape[1] !== w.shape[1]) {
        throw mismatch(
          `x [N,K] and w [O,K] must agree on K: got ${formatShape(x.shape)} and ${formatShape(w.shape)}`,
        );
      }
      const shape = [...x.shape.slice(0, 1), ...w.shape.slice(0, 1)];
      if (c !== undefined && formatShape(broadcast(c.shape, shape)) !== formatShape(shape)) {
        throw mismatch(`c must broadcast to ${formatShape(shape)}: got ${formatShape(c.shape)}`);
      }
      return [{ dtype: x.dtype, shape }];
    },
    // NOTE: not as the Gemm's own third input: the CPU kernel first copies that over the whole output
    // on one thread, which takes longer than adding it afterwards on all of them.
    onnx(e, { inputs, outputs }) {
      const attrs = { transB: { i: 1 } };
      const factors = inputs.slice(0, 2);
      const addend = inputs.slice(2);
      if (addend.length === 0) e.into(outputs, 'Gemm', factors, attrs);
      else e.into(outputs, 'Add', [e.node('Gemm', factors, attrs), ...addend]);
    },
    vjp(g, { inputs: [x, w, c] }, [dy]) {
      if (dy === null) return [null, null, null];
      const dx = g.gemm(dy, w);
      const dw = g.gemm(dy, x, { transA: true });
      return c === undefined ? [dx, dw] : [dx, dw, reduceTo(g, dy, c)];
    },
    examples: [
      { inputs: [tensor(3, 5), tensor(2, 5)] },
      { inputs: [tensor(1, 7), tensor(33, 7), tensor(33)] },
      { inputs: [tensor(31, 3), tensor(2, 3), tensor(31, 2)] },
    ],
  }),
};
