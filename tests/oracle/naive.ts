/**
 * Every op that has one, written once more as the loop a textbook would show, over plain arrays.
 * Inputs and results are in f64; attributes are those of the row.
 */
import { get, type Nd, nd, range, total } from './nd.ts';

type Attrs = Readonly<Record<string, unknown>>;
export type Naive = (inputs: readonly Nd[], attrs: Attrs) => Nd[];

const none: Nd = { dtype: 'f32', shape: [], data: [] };
const shapeOf = (shapes: readonly (readonly number[])[]): number[] => {
  const rank = Math.max(...shapes.map((s) => s.length));
  return range(rank).map((axis) => {
    const sizes = shapes.map((s) => s[axis - rank + s.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
};
const each =
  (f: (...x: number[]) => number, dtype?: Nd['dtype']): Naive =>
  (inputs) => [
    nd(dtype ?? inputs.at(-1)?.dtype ?? 'f32', shapeOf(inputs.map((x) => x.shape)), (...index) =>
      f(...inputs.map((x) => get(x, index))),
    ),
  ];
const test = (f: (a: number, b: number) => boolean): Naive =>
  each((a = 0, b = 0) => Number(f(a, b)), 'bool');

/** erf by its Maclaurin series: exact enough for the |x| < 5 of the examples. */
export function erf(x: number): number {
  let [sum, term] = [0, x];
  for (let n = 0; n < 120; n += 1) {
    sum += term / (2 * n + 1);
    term *= -(x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const reduce =
  (f: (list: number[]) => number): Naive =>
  ([x = none], attrs) => {
    const axes = attrs['axes'] as number[]; // as: attributes of the reduce rows
    const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const kept = nd(x.dtype, shape, (...index) => f(within(x, axes, index)));
    const flat = x.shape.filter((_, axis) => !axes.includes(axis));
    return [attrs['keep'] === true ? kept : { ...kept, shape: flat }];
  };

/** All elements of x whose index equals `index` outside `axes`. */
function within(x: Nd, axes: readonly number[], index: readonly number[]): number[] {
  let list = [[...index]];
  for (const axis of axes) {
    list = list.flatMap((i) => range(x.shape[axis] ?? 0).map((j) => i.with(axis, j)));
  }
  return list.map((i) => get(x, i));
}

const lastAxis =
  (f: (x: number, list: number[]) => number): Naive =>
  ([x = none]) => [
    nd(x.dtype, x.shape, (...index) => f(get(x, index), within(x, [x.shape.length - 1], index))),
  ];
const logSumExp = (list: readonly number[]) => Math.log(total(list.map(Math.exp)));

function product(a: Nd, b: Nd): Nd {
  const shape = [
    ...shapeOf([a.shape.slice(0, -2), b.shape.slice(0, -2)]),
    a.shape.at(-2) ?? 0,
    b.shape.at(-1) ?? 0,
  ];
  return nd(a.dtype, shape, (...index) => {
    const lead = index.slice(0, -2);
    const [i = 0, j = 0] = index.slice(-2);
    return total(
      range(a.shape.at(-1) ?? 0).map((k) => get(a, [...lead, i, k]) * get(b, [...lead, k, j])),
    );
  });
}
const flip = (x: Nd): Nd => nd(x.dtype, x.shape.toReversed(), (i = 0, j = 0) => get(x, [j, i]));

const slice: Naive = ([x = none], attrs) => {
  const { axis, start, end } = attrs as { axis: number; start: number; end?: number }; // as: the row's
  const parts = range(x.shape[axis] ?? 0).slice(start, end);
  return [
    nd(x.dtype, x.shape.with(axis, parts.length), (...index) =>
      get(x, index.with(axis, parts[index[axis] ?? 0] ?? 0)),
    ),
  ];
};

const split = (x: Nd, axis: number, sizes: readonly number[]): Nd[] =>
  sizes.map((size, i) => {
    const from = total(sizes.slice(0, i));
    return nd(x.dtype, x.shape.with(axis, size), (...index) =>
      get(x, index.with(axis, (index[axis] ?? 0) + from)),
    );
  });

export const naive: Readonly<Record<string, Naive>> = {
  add: each((a = 0, b = 0) => a + b),
  sub: each((a = 0, b = 0) => a - b),
  mul: each((a = 0, b = 0) => a * b),
  div: each((a = 0, b = 0) => a / b),
  minimum: each((a = 0, b = 0) => Math.min(a, b)),
  maximum: each((a = 0, b = 0) => Math.max(a, b)),
  neg: each((x = 0) => -x),
  exp: each((x = 0) => Math.exp(x)),
  log: each((x = 0) => Math.log(x)),
  sqrt: each((x = 0) => Math.sqrt(x)),
  sigmoid: each((x = 0) => 1 / (1 + Math.exp(-x))),
  softplus: each((x = 0) => Math.log1p(Math.exp(x))),
  tanh: each((x = 0) => Math.tanh(x)),
  erf: each((x = 0) => erf(x)),
  abs: each((x = 0) => Math.abs(x)),
  sign: each((x = 0) => Math.sign(x)),
  clamp: ([x = none], { low, high }) =>
    each((v = 0) => Math.min(Math.max(v, Number(low)), Number(high)))([x], {}),
  where: each((c = 0, a = 0, b = 0) => (c === 1 ? a : b)),
  equal: test((a, b) => a === b),
  less: test((a, b) => a < b),
  greater: test((a, b) => a > b),
  lessEqual: test((a, b) => a <= b),
  greaterEqual: test((a, b) => a >= b),
  and: test((a, b) => a === 1 && b === 1),
  or: test((a, b) => a === 1 || b === 1),
  not: each((x = 0) => 1 - x),
  cast: ([x = none], { dtype }) => [{ ...x, dtype: dtype as Nd['dtype'] }], // as: the row's
  stopGradient: each((x = 0) => x),

  matmul: ([a = none, b = none]) => [product(a, b)],
  gemm: ([a = none, b = none], { transA, transB }) => [
    product(transA === true ? flip(a) : a, transB === true ? flip(b) : b),
  ],
  linear: ([x = none, w = none, c]) => {
    const y = product(x, flip(w));
    return c === undefined ? [y] : each((a = 0, b = 0) => a + b)([y, c], {});
  },

  reshapeLike: ([x = none, ref = none]) => [{ ...x, shape: ref.shape }],
  reshape: ([x = none], { shape }) => [{ ...x, shape: shape as number[] }], // as: the row's
  transpose: ([x = none], attrs) => {
    const perm = attrs['perm'] as number[]; // as: the row's
    return [
      nd(
        x.dtype,
        perm.map((axis) => x.shape[axis] ?? 0),
        (...index) =>
          get(
            x,
            x.shape.map((_, axis) => index[perm.indexOf(axis)] ?? 0),
          ),
      ),
    ];
  },
  concat: (xs, attrs) => {
    const axis = attrs['axis'] as number; // as: the row's
    const owners = xs.flatMap((x) => range(x.shape[axis] ?? 0).map((i) => ({ x, i })));
    return [
      nd(xs[0]?.dtype ?? 'f32', (xs[0]?.shape ?? []).with(axis, owners.length), (...index) => {
        const { x = none, i = 0 } = owners[index[axis] ?? 0] ?? {};
        return get(x, index.with(axis, i));
      }),
    ];
  },
  slice,
  split: ([x = none], { axis, sizes }) => split(x, axis as number, sizes as number[]), // as: the row's
  splitLike: ([x = none, ...refs], { axis }) =>
    split(
      x,
      axis as number,
      refs.map((ref) => ref.shape[axis as number] ?? 0),
    ), // as: the row's
  expandLike: ([x = none, ref = none]) => [nd(x.dtype, ref.shape, (...index) => get(x, index))],
  pad: ([x = none], attrs) => {
    const { axis, before, after } = attrs as { axis: number; before: number; after: number }; // as: the row's
    const size = x.shape[axis] ?? 0;
    return [
      nd(x.dtype, x.shape.with(axis, before + size + after), (...index) => {
        const i = (index[axis] ?? 0) - before;
        return i >= 0 && i < size ? get(x, index.with(axis, i)) : 0;
      }),
    ];
  },
  padLike: ([x = none, ref = none], attrs) => {
    const { axis, start } = attrs as { axis: number; start: number }; // as: the row's
    const from = start < 0 ? start + (ref.shape[axis] ?? 0) : start;
    return [
      nd(x.dtype, ref.shape, (...index) => {
        const i = (index[axis] ?? 0) - from;
        return i >= 0 && i < (x.shape[axis] ?? 0) ? get(x, index.with(axis, i)) : 0;
      }),
    ];
  },
  sliceLike: ([x = none, ref = none], attrs) => {
    const { axis, start } = attrs as { axis: number; start: number }; // as: the row's
    const from = start < 0 ? start + (x.shape[axis] ?? 0) : start;
    return [
      nd(x.dtype, ref.shape, (...index) => get(x, index.with(axis, (index[axis] ?? 0) + from))),
    ];
  },
  unsqueeze: ([x = none], { axis }) => [{ ...x, shape: x.shape.toSpliced(axis as number, 0, 1) }], // as: the row's
  squeeze: ([x = none], { axis }) => [{ ...x, shape: x.shape.toSpliced(axis as number, 1) }], // as: the row's

  sum: reduce(total),
  mean: reduce((list) => total(list) / list.length),
  max: reduce((list) => Math.max(...list)),
  count: ([x = none], { axes }) => [
    nd(x.dtype, [], () => (axes as number[]).reduce((n, axis) => n * (x.shape[axis] ?? 0), 1)), // as: the row's
  ],
  softmax: lastAxis((x, list) => Math.exp(x - logSumExp(list))),
  logSoftmax: lastAxis((x, list) => x - logSumExp(list)),

  gatherRows: ([table = none, index = none]) => [
    nd(table.dtype, [...index.shape, ...table.shape.slice(1)], (n = 0, ...rest) =>
      get(table, [index.data[n] ?? 0, ...rest]),
    ),
  ],
  scatterAddRows: ([rows = none, index = none, like = none]) => [
    nd(rows.dtype, like.shape, (r = 0, d = 0) =>
      total(index.data.map((target, n) => (target === r ? get(rows, [n, d]) : 0))),
    ),
  ],
  takeAlong: ([x = none, index = none]) => [
    nd(x.dtype, index.shape, (n = 0) => get(x, [n, index.data[n] ?? 0])),
  ],
  positions: ([ref = none], { axis }) => [
    nd('i32', [ref.shape[axis as number] ?? 0], (i = 0) => i),
  ], // as: the row's
};
