/**
 * Ops that give the same elements another shape: reshape, transpose, broadcast. Where a size is
 * symbolic the ONNX form reads it from a tensor when the graph runs.
 */
import { broadcast, elements, reshapeTarget, sameShape } from '../shape.ts';
import { type Dim, formatShape } from '../value.ts';
import { reduceTo } from './elementwise.ts';
import {
  axisOf,
  defineOp,
  i64,
  mismatch,
  type One,
  operands,
  type Two,
  tensor,
  values,
} from './op.ts';

export const movement = {
  reshape: defineOp<'reshape', One, One, { shape: readonly Dim[] }>({
    call: (_, x, shape) => ({ inputs: [x], attrs: { shape } }),
    infer([x], { shape }) {
      reshapeTarget(x.shape, shape);
      return [{ dtype: x.dtype, shape }];
    },
    onnx(e, { inputs: [x = ''], outputs, inputTypes: [type], attrs: { shape } }) {
      e.into(outputs, 'Reshape', [x, i64(e, reshapeTarget(type?.shape ?? [], shape))]);
    },
    vjp(g, { inputs: [x], attrs: { shape } }, [dy]) {
      if (dy === null) return [null];
      const names = x.shape.filter((dim, axis) => typeof dim === 'string' && dim !== shape[axis]);
      return [names.length > 1 ? g.reshapeLike(dy, x) : g.reshape(dy, x.shape)];
    },
    cheap: true,
    examples: [
      { inputs: [tensor(6, 5)], attrs: { shape: [2, 3, 5] } },
      { inputs: [tensor(2, 1, 7)], attrs: { shape: [14] } },
      { inputs: [tensor()], attrs: { shape: [1, 1] } },
    ],
  }),
  reshapeLike: defineOp<'reshapeLike', Two>({
    call: (_, x, ref) => ({ inputs: [x, ref] }),
    infer([x, ref]) {
      const [from, to] = [elements(x.shape), elements(ref.shape)];
      if (from !== undefined && to !== undefined && from !== to) {
        throw mismatch(`cannot reshape ${formatShape(x.shape)} to ${formatShape(ref.shape)}`);
      }
      return [{ dtype: x.dtype, shape: ref.shape }];
    },
    onnx(e, { inputs: [x = '', ref = ''], outputs, inputTypes: [, type] }) {
      e.into(outputs, 'Reshape', [x, type === undefined ? ref : e.shapeOf(ref, type)]);
    },
    vjp: (g, { inputs: [x] }, [dy]) => [dy && g.reshapeLike(dy, x), null],
    cheap: true,
    shapeOnly: [1],
    examples: [{ inputs: [tensor(6, 5), tensor(2, 15)] }, { inputs: [tensor(5, 1), tensor(5)] }],
  }),
  transpose: defineOp<'transpose', One, One, { perm: readonly number[] }>({
    call: (_, x, perm) => ({ inputs: [x], attrs: { perm } }),
    infer([x], { perm }) {
      if (perm.toSorted((a, b) => a - b).join() !== x.shape.map((_, axis) => axis).join()) {
        throw mismatch(`perm [${perm}] is not an order of the axes of ${formatShape(x.shape)}`);
      }
      return [{ dtype: x.dtype, shape: perm.map((axis) => x.shape[axis] ?? 1) }];
    },
    onnx: (e, { inputs, outputs, attrs: { perm } }) =>
      e.into(outputs, 'Transpose', inputs, { perm: { ints: perm } }),
    vjp: (g, { attrs: { perm } }, [dy]) => [
      dy &&
        g.transpose(
          dy,
          perm.map((_, axis) => perm.indexOf(axis)),
        ),
    ],
    cheap: true,
    examples: [
      { inputs: [tensor(3, 5)], attrs: { perm: [1, 0] } },
      { inputs: [tensor(2, 3, 1, 5)], attrs: { perm: [3, 0, 2, 1] } },
    ],
  }),
  expandLike: defineOp<'expandLike', Two>({
    call(g, x, ref) {
      const [value = ref] = operands(g, [x, ref]);
      return { inputs: [value, ref] };
    },
    infer([x, ref]) {
      if (!sameShape(broadcast(x.shape, ref.shape), ref.shape)) {
        throw mismatch(`${formatShape(x.shape)} does not broadcast to ${formatShape(ref.shape)}`);
      }
      return [{ dtype: x.dtype, shape: ref.shape }];
    },
    onnx(e, { inputs: [x = '', ref = ''], outputs, inputTypes: [, type] }) {
      e.into(outputs, 'Expand', [x, type === undefined ? ref : e.shapeOf(ref, type)]);
    },
    vjp: (g, { inputs: [x] }, [dy]) => [dy && reduceTo(g, dy, x), null],
    cheap: true,
    shapeOnly: [1],
    examples: [
      { inputs: [tensor(3, 1), tensor(2, 3, 5)] },
      { inputs: [tensor(), tensor(31)] },
      { inputs: [tensor(3), values('i32', [0, 3], [])] },
    ],
  }),
  unsqueeze: defineOp<'unsqueeze', One, One, { axis: number }>({
    call: (_, x, axis) => ({ inputs: [x], attrs: { axis: axisOf(axis, x.shape.length + 1) } }),
    infer: ([x], { axis }) => [{ dtype: x.dtype, shape: x.shape.toSpliced(axis, 0, 1) }],
    onnx: (e, { inputs: [x = ''], outputs, attrs: { axis } }) =>
      e.into(outputs, 'Unsqueeze', [x, i64(e, [axis])]),
    vjp: (g, { attrs: { axis } }, [dy]) => [dy && g.squeeze(dy, axis)],
    cheap: true,
    examples: [
      { inputs: [tensor(3, 5)], attrs: { axis: 1 } },
      { inputs: [tensor()], attrs: { axis: 0 } },
    ],
  }),
  squeeze: defineOp<'squeeze', One, One, { axis: number }>({
    call: (_, x, axis) => ({ inputs: [x], attrs: { axis: axisOf(axis, x.shape.length) } }),
    infer([x], { axis }) {
      if (x.shape[axis] !== 1) {
        throw mismatch(`axis ${axis} of ${formatShape(x.shape)} must have size 1`);
      }
      return [{ dtype: x.dtype, shape: x.shape.toSpliced(axis, 1) }];
    },
    onnx: (e, { inputs: [x = ''], outputs, attrs: { axis } }) =>
      e.into(outputs, 'Squeeze', [x, i64(e, [axis])]),
    vjp: (g, { attrs: { axis } }, [dy]) => [dy && g.unsqueeze(dy, axis)],
    cheap: true,
    examples: [{ inputs: [tensor(3, 1, 5)], attrs: { axis: 1 } }],
  }),
};
