/**
 * RMSNorm (with and without the residual sum before it) and SwiGLU, forward and backward, as fused
 * rows. x [N,D]; rstd [N] = (mean_d(x^2) + eps)^-1/2; y = x * rstd * w.
 */
import { expectRank, expectShape } from '../shape.ts';
import { formatShape, formatType, type Value } from '../value.ts';
import {
  between,
  custom,
  defineOp,
  mismatch,
  type One,
  refuseGradient,
  type Scope,
  type Three,
  type Two,
  tensor,
  wrongDtype,
} from './op.ts';
import type { NormOptions } from './signatures.ts';

type Five = readonly [Value, Value, Value, Value, Value];
type Four = readonly [Value, Value, Value, Value];

export function expectOneDtype(...list: readonly Value[]): void {
  if (list.some((v) => v.dtype !== list[0]?.dtype)) {
    throw wrongDtype(`expected one dtype: got ${list.map(formatType).join(', ')}`);
  }
}

function expectNorm(x: Value, w: Value): void {
  expectOneDtype(x, w);
  expectRank(x, 2, 'x');
  expectShape(w, x.shape.slice(1), 'w');
}

function norm(g: Scope, x: Value, w: Value, eps: number): readonly [y: Value, rstd: Value] {
  const meanSquare = g.mean(g.mul(x, x), { axes: [1], keep: true });
  const rstd = g.div(1, g.sqrt(g.add(meanSquare, eps)));
  return [g.mul(g.mul(x, rstd), w), g.squeeze(rstd, 1)];
}

/** With u = x * rstd: dx = rstd * (dy w - u * mean(dy w u)), dw = sum_n(dy u). */
function normGrad(g: Scope, dy: Value, x: Value, w: Value, rstd: Value): Two {
  const scale = g.unsqueeze(rstd, 1);
  const unit = g.mul(x, scale);
  const dunit = g.mul(dy, w);
  const along = g.mean(g.mul(dunit, unit), { axes: [1], keep: true });
  const dx = g.mul(scale, g.sub(dunit, g.mul(unit, along)));
  return [dx, g.sum(g.mul(dy, unit), { axes: [0] })];
}

const epsOf = ({ eps }: { eps: number }) => ({ eps: { f: eps } });

export const normalise = {
  rmsNorm: defineOp<'rmsNorm', Two, Two, { eps: number }>({
    call: (_, x, w, { eps }: NormOptions) => ({ inputs: [x, w], attrs: { eps } }),
    outputs: ['y', 'rstd'],
    infer([x, w]) {
      expectNorm(x, w);
      return [x, { dtype: x.dtype, shape: x.shape.slice(0, 1) }];
    },
    ...custom('RmsNorm', epsOf),
    composite: (g, [x, w], { eps }) => norm(g, x, w, eps),
    vjp(g, { inputs: [x, w], outputs: [, rstd] }, [dy, drstd]) {
      refuseGradient(drstd, 'rstd');
      if (dy === null) return [null, null];
      const { dx, dw } = g.rmsNormGrad(dy, x, w, rstd);
      return [dx, dw];
    },
    cheap: true,
    examples: [
      { inputs: [tensor(3, 8), tensor(8)], attrs: { eps: 1e-6 } },
      { inputs: [tensor(31, 33), tensor(33)], attrs: { eps: 1e-6 } },
      { inputs: [tensor(1, 1), tensor(1)], attrs: { eps: 0.01 } },
    ],
  }),
  rmsNormGrad: defineOp<'rmsNormGrad', Four, Two>({
    call: (_, dy, x, w, rstd) => ({ inputs: [dy, x, w, rstd] }),
    outputs: ['dx', 'dw'],
    infer([dy, x, w, rstd]) {
      expectNorm(x, w);
      expectOneDtype(dy, x, rstd);
      expectShape(dy, x.shape, 'dy');
      expectShape(rstd, x.shape.slice(0, 1), 'rstd');
      return [x, w];
    },
    ...custom('RmsNormGrad'),
    composite: (g, [dy, x, w, rstd]) => normGrad(g, dy, x, w, rstd),
    vjp: { none: 'second derivatives of fused ops are not provided' },
    examples: [
      { inputs: [tensor(3, 8), tensor(3, 8), tensor(8), between(0.5, 2, 3)] },
      { inputs: [tensor(31, 33), tensor(31, 33), tensor(33), between(0.5, 2, 31)] },
    ],
  }),
  addRmsNorm: defineOp<'addRmsNorm', Three, Three, { eps: number }>({
    call: (_, x, r, w, { eps }: NormOptions) => ({ inputs: [x, r, w], attrs: { eps } }),
    outputs: ['sum', 'y', 'rstd'],
    infer([x, r, w]) {
      expectNorm(x, w);
      expectOneDtype(x, r);
      expectShape(r, x.shape, 'r');
      return [x, x, { dtype: x.dtype, shape: x.shape.slice(0, 1) }];
    },
    ...custom('AddRmsNorm', epsOf),
    composite(g, [x, r, w], { eps }) {
      const sum = g.add(x, r);
      return [sum, ...norm(g, sum, w, eps)];
    },
    vjp(g, { inputs: [, , w], outputs: [sum, , rstd] }, [dsum, dy, drstd]) {
      refuseGradient(drstd, 'rstd');
      if (dy === null) return [dsum, dsum, null];
      const { dx, dw } = g.addRmsNormGrad(dsum ?? g.expandLike(0, sum), dy, sum, w, rstd);
      return [dx, dx, dw];
    },
    cheap: true,
    examples: [
      { inputs: [tensor(3, 8), tensor(3, 8), tensor(8)], attrs: { eps: 1e-6 } },
      { inputs: [tensor(31, 33), tensor(31, 33), tensor(33)], attrs: { eps: 1e-6 } },
    ],
  }),
  addRmsNormGrad: defineOp<'addRmsNormGrad', Five, Two>({
    call: (_, dsum, dy, sum, w, rstd) => ({ inputs: [dsum, dy, sum, w, rstd] }),
    outputs: ['dx', 'dw'],
    infer([dsum, dy, sum, w, rstd]) {
      expectNorm(sum, w);
      expectOneDtype(dsum, dy, sum, rstd);
      expectShape(dsum, sum.shape, 'dsum');
      expectShape(dy, sum.shape, 'dy');
      expectShape(rstd, sum.shape.slice(0, 1), 'rstd');
      return [sum, w];
    },
    ...custom('AddRmsNormGrad'),
    composite(g, [dsum, dy, sum, w, rstd]) {
      const [dx, dw] = normGrad(g, dy, sum, w, rstd);
      return [g.add(dsum, dx), dw];
    },
    vjp: { none: 'second derivatives of fused ops are not provided' },
    examples: [
      {
        inputs: [tensor(3, 8), tensor(3, 8), tensor(3, 8), tensor(8), between(0.5, 2, 3)],
      },
    ],
  }),
  swiglu: defineOp<'swiglu', One>({
    call: (_, gateUp) => ({ inputs: [gateUp] }),
    infer: ([gateUp]) => [
      { dtype: gateUp.dtype, shape: [...gateUp.shape.slice(0, 1), halfWidth(gateUp)] },
    ],
    ...custom('SwiGlu'),
    composite: (g, [gateUp]) => [silu(g, gateUp).y],
    vjp: (g, { inputs: [gateUp] }, [dh]) => [dh && g.swigluGrad(gateUp, dh)],
    cheap: true,
    examples: [
      { inputs: [tensor(3, 8)] },
      { inputs: [tensor(31, 66)] },
      { inputs: [tensor(1, 2)] },
    ],
  }),
  swigluGrad: defineOp<'swigluGrad', Two>({
    call: (_, gateUp, dh) => ({ inputs: [gateUp, dh] }),
    infer([gateUp, dh]) {
      expectOneDtype(gateUp, dh);
      expectShape(dh, [...gateUp.shape.slice(0, 1), halfWidth(gateUp)], 'dh');
      return [gateUp];
    },
    ...custom('SwiGluGrad'),
    // silu'(a) = s + a s (1 - s) with s = sigmoid(a).
    composite(g, [gateUp, dh]) {
      const { gate, up, sigmoid } = silu(g, gateUp);
      const act = g.mul(gate, sigmoid);
      const slope = g.add(sigmoid, g.mul(act, g.sub(1, sigmoid)));
      return [g.concat([g.mul(g.mul(dh, up), slope), g.mul(dh, act)], 1)];
    },
    vjp: { none: 'second derivatives of fused ops are not provided' },
    examples: [
      { inputs: [tensor(3, 8), tensor(3, 4)] },
      { inputs: [tensor(31, 66), tensor(31, 33)] },
    ],
  }),
};

function halfWidth(gateUp: Value): number {
  expectRank(gateUp, 2, 'gateUp');
  const width = gateUp.shape[1];
  if (typeof width !== 'number' || width % 2 !== 0) {
    throw mismatch(`gateUp must have an even width: got ${formatShape(gateUp.shape)}`);
  }
  return width / 2;
}

function silu(g: Scope, gateUp: Value) {
  const half = halfWidth(gateUp);
  const [gate, up] = g.split(gateUp, { axis: 1, sizes: [half, half] }) as Two; // as: two sizes
  const sigmoid = g.sigmoid(gate);
  return { gate, up, sigmoid, y: g.mul(g.mul(gate, sigmoid), up) };
}
