/**
 * The optimizer's arithmetic as fused rows: one AdamW step and the squared norm used for clipping.
 */
import { expectShape } from '../shape.ts';
import { type Dim, isFloat, type Value } from '../value.ts';
import { expectOneDtype } from './normalise.ts';
import { between, custom, defineOp, type One, type Three, tensor, values } from './op.ts';

type AdamIn = readonly [Value, Value, Value, Value, Value];
/** lr, beta1, beta2, eps, weightDecay, 1 - beta1^t, 1 - beta2^t, gradScale */
const HYPER = values('float', [8], [1e-2, 0.9, 0.999, 1e-8, 0.1, 0.1, 0.001, 0.5]);

export const optimizer = {
  adamw: defineOp<'adamw', AdamIn, Three>({
    call: (_, p, m, v, g, hyper) => ({ inputs: [p, m, v, g, hyper] }),
    outputs: ['p', 'm', 'v'],
    infer([p, m, v, g, hyper]) {
      expectOneDtype(p, m, v, g, hyper);
      for (const other of [m, v, g]) expectShape(other, p.shape, 'm, v and g');
      expectShape(hyper, [8], 'hyper');
      return [p, m, v];
    },
    ...custom('AdamW'),
    composite(g, [p, m, v, grad, hyper]) {
      const at = (i: number) => {
        const one = g.slice(hyper, { axis: 0, start: i, end: i + 1 });
        return p.shape.length === 0 ? g.squeeze(one, 0) : one;
      };
      const [lr, beta1, beta2, eps] = [at(0), at(1), at(2), at(3)];
      const scaled = g.mul(grad, at(7));
      const m1 = g.add(m, g.mul(g.sub(scaled, m), g.sub(1, beta1)));
      const v1 = g.add(g.mul(v, beta2), g.mul(g.mul(scaled, scaled), g.sub(1, beta2)));
      const denominator = g.add(g.div(g.sqrt(v1), g.sqrt(at(6))), eps);
      const decayed = g.mul(p, g.sub(1, g.mul(lr, at(4))));
      const step = g.mul(g.div(lr, at(5)), g.div(m1, denominator));
      return [g.sub(decayed, step), m1, v1];
    },
    vjp: { none: 'an update is not differentiated' },
    examples: [
      { inputs: [tensor(3, 5), tensor(3, 5), between(0, 1, 3, 5), tensor(3, 5), HYPER] },
      { inputs: [tensor(31), tensor(31), between(0, 1, 31), tensor(31), HYPER] },
    ],
  }),
  sumSquares: defineOp<'sumSquares', One>({
    call: (_, x) => ({ inputs: [x] }),
    infer: ([x]) => [{ dtype: isFloat(x.dtype) ? x.dtype : 'f32', shape: [1] as readonly Dim[] }],
    ...custom('SumSquares'),
    composite: (g, [x]) => [g.unsqueeze(g.sum(g.mul(x, x)), 0)],
    vjp: (g, { inputs: [x] }, [dy]) => [
      dy && g.mul(g.mul(x, 2), x.shape.length === 0 ? g.squeeze(dy, 0) : dy),
    ],
    examples: [{ inputs: [tensor(3, 5)] }, { inputs: [tensor(31)] }, { inputs: [tensor(1)] }],
  }),
};
