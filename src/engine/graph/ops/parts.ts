/**
 * Ops that join and take apart along one axis: concat, slice, split, pad. The `...Like` rows take
 * their sizes from another tensor and are the reverse rules where those are symbolic.
 */
import { addDims, expectShape, sameShape, sliceSize } from '../shape.ts';
import { type Dim, formatShape, formatType, type TensorType, type Value } from '../value.ts';
import {
  axisOf,
  defineOp,
  i64,
  mismatch,
  type One,
  type Scope,
  type Two,
  tensor,
  wrongDtype,
} from './op.ts';

type List = readonly Value[];
type Slice = { axis: number; start: number; end?: number };

/** ONNX's "to the end". */
const END = 2 ** 31 - 1;

function withSize(shape: readonly Dim[], axis: number, size: Dim): Dim[] {
  return shape.map((dim, at) => (at === axis ? size : dim));
}

function joined(xs: List, axis: number): TensorType {
  const [first] = xs;
  if (first === undefined) throw mismatch('needs at least one tensor');
  for (const x of xs) {
    if (x.dtype !== first.dtype) {
      throw wrongDtype(`tensors must have one dtype: got ${xs.map(formatType).join(', ')}`);
    }
    if (!sameShape(withSize(x.shape, axis, 0), withSize(first.shape, axis, 0))) {
      throw mismatch(
        `shapes must agree except on axis ${axis}: got ${xs.map((v) => formatShape(v.shape)).join(', ')}`,
      );
    }
  }
  const sizes = xs.map((x) => x.shape[axis] ?? 1);
  return { dtype: first.dtype, shape: withSize(first.shape, axis, addDims(sizes)) };
}

/** Gradient of a split: the parts side by side, zeros where none flows. */
function rejoin(g: Scope, outputs: List, grads: readonly (Value | null)[], axis: number) {
  return grads.every((grad) => grad === null)
    ? null
    : g.concat(
        outputs.map((part, i) => grads[i] ?? g.expandLike(0, part)),
        axis,
      );
}

export const parts = {
  concat: defineOp<'concat', List, One, { axis: number }>({
    call: (_, xs, axis) => ({
      inputs: xs,
      attrs: { axis: axisOf(axis, xs[0]?.shape.length ?? 0) },
    }),
    infer: (xs, { axis }) => [joined(xs, axis)],
    onnx: (e, { inputs, outputs, attrs: { axis } }) =>
      e.into(outputs, 'Concat', inputs, { axis: { i: axis } }),
    vjp(g, { inputs, attrs: { axis } }, [dy]) {
      if (dy === null) return inputs.map(() => null);
      const sizes = inputs.map((x) => x.shape[axis]);
      return sizes.every((size) => typeof size === 'number')
        ? g.split(dy, { axis, sizes })
        : g.splitLike(dy, inputs, axis);
    },
    cheap: true,
    examples: [
      { inputs: [tensor(2, 3), tensor(2, 1), tensor(2, 5)], attrs: { axis: 1 } },
      { inputs: [tensor(1, 3), tensor(0, 3)], attrs: { axis: 0 } },
    ],
  }),
  slice: defineOp<'slice', One, One, Slice>({
    call: (_, x, { axis, ...range }) => ({
      inputs: [x],
      attrs: { axis: axisOf(axis, x.shape.length), ...range },
    }),
    infer([x], { axis, start, end }) {
      const size = sliceSize(x.shape[axis] ?? 1, start, end);
      return [{ dtype: x.dtype, shape: withSize(x.shape, axis, size) }];
    },
    onnx(e, { inputs: [x = ''], outputs, attrs: { axis, start, end } }) {
      e.into(outputs, 'Slice', [x, i64(e, [start]), i64(e, [end ?? END]), i64(e, [axis])]);
    },
    vjp(g, { inputs: [x], outputs: [y], attrs: { axis, start } }, [dy]) {
      if (dy === null) return [null];
      const [whole, part] = [x.shape[axis], y.shape[axis]];
      if (typeof whole !== 'number' || typeof part !== 'number') {
        return [g.padLike(dy, x, { axis, start })];
      }
      const before = start < 0 ? Math.max(start + whole, 0) : start;
      return [g.pad(dy, { axis, before, after: whole - before - part })];
    },
    cheap: true,
    examples: [
      { inputs: [tensor(7, 2)], attrs: { axis: 0, start: 2, end: 5 } },
      { inputs: [tensor(2, 31)], attrs: { axis: 1, start: -3 } },
      { inputs: [tensor(5)], attrs: { axis: 0, start: 1, end: -1 } },
      { inputs: [tensor(5)], attrs: { axis: 0, start: 5 } },
    ],
  }),
  split: defineOp<'split', One, List, { axis: number; sizes: readonly number[] }>({
    call: (_, x, { axis, sizes }) => ({
      inputs: [x],
      attrs: { axis: axisOf(axis, x.shape.length), sizes },
    }),
    outputs: 'list',
    infer([x], { axis, sizes }) {
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (total !== x.shape[axis]) {
        throw mismatch(
          `sizes [${sizes}] must add up to axis ${axis} of ${formatShape(x.shape)}: got ${total}`,
        );
      }
      return sizes.map((size) => ({ dtype: x.dtype, shape: withSize(x.shape, axis, size) }));
    },
    onnx(e, { inputs: [x = ''], outputs, attrs: { axis, sizes } }) {
      e.into(outputs, 'Split', [x, i64(e, sizes)], { axis: { i: axis } });
    },
    vjp: (g, { outputs, attrs: { axis } }, grads) => [rejoin(g, outputs, grads, axis)],
    cheap: true,
    examples: [
      { inputs: [tensor(2, 7)], attrs: { axis: 1, sizes: [1, 4, 2] } },
      { inputs: [tensor(3, 2)], attrs: { axis: 0, sizes: [3] } },
    ],
  }),
  splitLike: defineOp<'splitLike', readonly [Value, ...Value[]], List, { axis: number }>({
    call: (_, x, refs, axis) => ({
      inputs: [x, ...refs],
      attrs: { axis: axisOf(axis, x.shape.length) },
    }),
    outputs: 'list',
    infer([x, ...refs], { axis }) {
      expectShape(x, joined(refs, axis).shape, 'x');
      return refs.map(({ shape }) => ({ dtype: x.dtype, shape }));
    },
    onnx(e, { inputs: [x = '', ...refs], outputs, inputTypes: [, ...types], attrs: { axis } }) {
      const sizes = types.map((type, i) => e.sizeOf(refs[i] ?? '', type, axis));
      e.into(outputs, 'Split', [x, e.node('Concat', sizes, { axis: { i: 0 } })], {
        axis: { i: axis },
      });
    },
    vjp: (g, { inputs, outputs, attrs: { axis } }, grads) => [
      rejoin(g, outputs, grads, axis),
      ...inputs.slice(1).map(() => null),
    ],
    cheap: true,
    examples: [{ inputs: [tensor(2, 7), tensor(2, 3), tensor(2, 4)], attrs: { axis: 1 } }],
  }),
  pad: defineOp<'pad', One, One, { axis: number; before: number; after: number }>({
    call: (_, x, { axis, before, after }) => ({
      inputs: [x],
      attrs: { axis: axisOf(axis, x.shape.length), before, after },
    }),
    infer([x], { axis, before, after }) {
      if (before < 0 || after < 0) throw mismatch(`cannot add ${before} and ${after} elements`);
      const size = addDims([x.shape[axis] ?? 1, before + after]);
      return [{ dtype: x.dtype, shape: withSize(x.shape, axis, size) }];
    },
    onnx(e, { inputs: [x = ''], outputs, inputTypes: [type], attrs: { axis, before, after } }) {
      const zero = e.constant(type?.dtype ?? 'f32', [], [0]);
      e.into(outputs, 'Pad', [x, i64(e, [before, after]), zero, i64(e, [axis])]);
    },
    vjp: (g, { inputs: [x], attrs: { axis, before } }, [dy]) => [
      dy && g.sliceLike(dy, x, { axis, start: before }),
    ],
    cheap: true,
    examples: [
      { inputs: [tensor(3, 2)], attrs: { axis: 0, before: 2, after: 0 } },
      { inputs: [tensor(2, 31)], attrs: { axis: 1, before: 1, after: 3 } },
    ],
  }),
  padLike: defineOp<'padLike', Two, One, { axis: number; start: number }>({
    call: (_, x, ref, { axis, start }) => ({
      inputs: [x, ref],
      attrs: { axis: axisOf(axis, x.shape.length), start },
    }),
    infer([x, ref], { axis }) {
      expectShape(x, withSize(ref.shape, axis, x.shape[axis] ?? 1), 'x');
      return [{ dtype: x.dtype, shape: ref.shape }];
    },
    onnx(e, { inputs: [x = '', ref = ''], outputs, inputTypes, attrs: { axis, start } }) {
      const [small, whole] = inputTypes;
      if (small === undefined || whole === undefined) return;
      const size = e.sizeOf(ref, whole, axis);
      const from = i64(e, [start]);
      const before = start < 0 ? e.node('Add', [size, from]) : from;
      const rest = e.node('Sub', [size, e.sizeOf(x, small, axis)]);
      const pads = e.node('Concat', [before, e.node('Sub', [rest, before])], { axis: { i: 0 } });
      const zero = e.constant(small.dtype, [], [0]);
      e.into(outputs, 'Pad', [x, pads, zero, i64(e, [axis])]);
    },
    vjp: (g, { inputs: [x], attrs }, [dy]) => [dy && g.sliceLike(dy, x, attrs), null],
    cheap: true,
    shapeOnly: [1],
    examples: [
      { inputs: [tensor(3, 2), tensor(7, 2)], attrs: { axis: 0, start: 2 } },
      { inputs: [tensor(2, 3), tensor(2, 5)], attrs: { axis: 1, start: -3 } },
    ],
  }),
  sliceLike: defineOp<'sliceLike', Two, One, { axis: number; start: number }>({
    call: (_, x, ref, { axis, start }) => ({
      inputs: [x, ref],
      attrs: { axis: axisOf(axis, x.shape.length), start },
    }),
    infer([x, ref], { axis }) {
      expectShape(x, withSize(ref.shape, axis, x.shape[axis] ?? 1), 'x');
      return [{ dtype: x.dtype, shape: ref.shape }];
    },
    onnx(e, { inputs: [x = '', ref = ''], outputs, inputTypes, attrs: { axis, start } }) {
      const [whole, small] = inputTypes;
      if (small === undefined || whole === undefined) return;
      const offset = i64(e, [start]);
      const from = start < 0 ? e.node('Add', [e.sizeOf(x, whole, axis), offset]) : offset;
      const to = e.node('Add', [from, e.sizeOf(ref, small, axis)]);
      e.into(outputs, 'Slice', [x, from, to, i64(e, [axis])]);
    },
    vjp: (g, { inputs: [x], attrs }, [dy]) => [dy && g.padLike(dy, x, attrs), null],
    cheap: true,
    shapeOnly: [1],
    examples: [
      { inputs: [tensor(7, 2), tensor(3, 2)], attrs: { axis: 0, start: 2 } },
      { inputs: [tensor(2, 5), tensor(2, 3)], attrs: { axis: 1, start: -3 } },
    ],
  }),
};
