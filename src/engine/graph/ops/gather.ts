/**
 * Ops addressed by integers: rows of a table, their reverse (a deterministic fused sum), and one
 * column per row. Out-of-range indices are refused by the runtime, not here.
 */
import { ONNX_DTYPE } from '../onnx/dtype.ts';
import { expectRank, expectShape } from '../shape.ts';
import { formatType, isFloat, type Value } from '../value.ts';
import {
  axisOf,
  custom,
  defineOp,
  i64,
  type One,
  type Three,
  type Two,
  tensor,
  values,
  wrongDtype,
} from './op.ts';

function expectIndex(index: Value): void {
  if (index.dtype !== 'i32' && index.dtype !== 'i64') {
    throw wrongDtype(`index must be i32 or i64: got ${formatType(index)}`);
  }
  expectRank(index, 1, 'index');
}

export const gather = {
  gatherRows: defineOp<'gatherRows', Two>({
    call: (_, table, index) => ({ inputs: [table, index] }),
    infer([table, index]) {
      expectIndex(index);
      axisOf(0, table.shape.length);
      return [{ dtype: table.dtype, shape: [...index.shape, ...table.shape.slice(1)] }];
    },
    onnx: (e, { inputs, outputs }) => e.into(outputs, 'Gather', inputs, { axis: { i: 0 } }),
    vjp: (g, { inputs: [table, index] }, [dy]) => [
      dy && isFloat(table.dtype) ? g.scatterAddRows(dy, index, table) : null,
      null,
    ],
    cheap: true,
    examples: [
      { inputs: [tensor(5, 3), values('i32', [4], [0, 4, 0, 2])] },
      { inputs: [tensor(1, 31), values('i32', [1], [0])] },
      { inputs: [tensor(3, 2), values('i32', [0], [])] },
    ],
  }),
  // ONNX has this as ScatterElements(add), which is sequential, and ScatterND(add), which sums
  // duplicates wrongly on the CPU: hence a kernel, and a one-hot product as its composite.
  scatterAddRows: defineOp<'scatterAddRows', Three>({
    call: (_, rows, index, like) => ({ inputs: [rows, index, like] }),
    infer([rows, index, like]) {
      expectIndex(index);
      expectRank(rows, 2, 'rows');
      expectShape(rows, [...index.shape, ...like.shape.slice(1)], 'rows');
      return [{ dtype: rows.dtype, shape: like.shape }];
    },
    ...custom('ScatterAddRows'),
    composite(g, [rows, index, like]) {
      const hit = g.equal(
        g.unsqueeze(g.positions(like, 0), 1),
        g.unsqueeze(g.cast(index, 'i32'), 0),
      );
      return [g.matmul(g.cast(hit, rows.dtype), rows)];
    },
    vjp: (g, { inputs: [, index] }, [dy]) => [dy && g.gatherRows(dy, index), null, null],
    shapeOnly: [2],
    examples: [
      { inputs: [tensor(4, 3), values('i32', [4], [0, 4, 0, 2]), tensor(5, 3)] },
      { inputs: [tensor(1, 31), values('i32', [1], [0]), tensor(1, 31)] },
    ],
  }),
  takeAlong: defineOp<'takeAlong', Two>({
    call: (_, x, index) => ({ inputs: [x, index] }),
    infer([x, index]) {
      expectIndex(index);
      expectRank(x, 2, 'x');
      expectShape(index, x.shape.slice(0, 1), 'index');
      return [{ dtype: x.dtype, shape: index.shape }];
    },
    onnx(e, { inputs: [x = '', index = ''], outputs }) {
      const one = i64(e, [1]);
      const column = e.node('Unsqueeze', [index, one]);
      e.into(outputs, 'Squeeze', [e.node('GatherElements', [x, column], { axis: { i: 1 } }), one]);
    },
    vjp(g, { inputs: [x, index] }, [dy]) {
      if (dy === null) return [null, null];
      const columns = g.unsqueeze(g.positions(x, 1), 0);
      const hit = g.equal(g.unsqueeze(g.cast(index, 'i32'), 1), columns);
      return [g.where(hit, g.unsqueeze(dy, 1), 0), null];
    },
    examples: [
      { inputs: [tensor(4, 3), values('i32', [4], [0, 2, 0, 1])] },
      { inputs: [tensor(1, 31), values('i32', [1], [30])] },
    ],
  }),
  positions: defineOp<'positions', One, One, { axis: number }>({
    call: (_, ref, axis) => ({ inputs: [ref], attrs: { axis: axisOf(axis, ref.shape.length) } }),
    infer: ([ref], { axis }) => [{ dtype: 'i32', shape: ref.shape.slice(axis, axis + 1) }],
    onnx(e, { inputs: [ref = ''], outputs, inputTypes: [type], attrs: { axis } }) {
      if (type === undefined) return;
      const size = e.node('Cast', [e.node('Squeeze', [e.sizeOf(ref, type, axis)])], {
        to: { i: ONNX_DTYPE.i32 },
      });
      const at = (value: number) => e.constant('i32', [], [value]);
      e.into(outputs, 'Range', [at(0), size, at(1)]);
    },
    vjp: { none: 'integer output' },
    cheap: true,
    shapeOnly: [0],
    examples: [
      { inputs: [tensor(3, 5)], attrs: { axis: 1 } },
      { inputs: [tensor(0)], attrs: { axis: 0 } },
    ],
  }),
};
