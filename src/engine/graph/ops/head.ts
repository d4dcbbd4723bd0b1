/**
 * The language head as fused rows: log-probability of given tokens with the entropy of their
 * distributions (forward, backward), and sampling. The kernels never keep the logits [M,V].
 * z = invTemperature * hidden weight^T; p = softmax(z); lse = log sum exp z;
 * logprob = z[target] - lse; entropy = lse - sum p z.
 */
import { expectRank, expectShape } from '../shape.ts';
import { formatType, type Value } from '../value.ts';
import { expectOneDtype } from './normalise.ts';
import {
  between,
  custom,
  defineOp,
  type Four,
  refuseGradient,
  type Scope,
  type Three,
  type Two,
  tensor,
  values,
  wrongDtype,
} from './op.ts';

type GradIn = readonly [Value, Value, Value, Value, Value, Value, Value, Value];

function expectHead(hidden: Value, weight: Value, targets: Value, invTemperature: Value): void {
  expectOneDtype(hidden, weight, invTemperature);
  expectRank(hidden, 2, 'hidden');
  expectRank(weight, 2, 'weight');
  expectShape(weight, [...weight.shape.slice(0, 1), ...hidden.shape.slice(1)], 'weight');
  if (targets.dtype !== 'i32') throw wrongDtype(`targets must be i32: got ${formatType(targets)}`);
  expectShape(targets, hidden.shape.slice(0, 1), 'targets');
  expectShape(invTemperature, [1], 'invTemperature');
}

const logitsOf = (g: Scope, hidden: Value, weight: Value, invTemperature: Value) =>
  g.mul(g.linear(hidden, weight), invTemperature);

const LAST = { axes: [1], keep: true };
const inputs = (rows: number, width: number, vocabulary: number, targets: number[]) => [
  tensor(rows, width),
  tensor(vocabulary, width),
  values('i32', [rows], targets),
  between(0.5, 1.5, 1),
];

export const head = {
  tokenLogprob: defineOp<'tokenLogprob', Four, Three>({
    call: (_, hidden, weight, targets, invTemperature) => ({
      inputs: [hidden, weight, targets, invTemperature],
    }),
    outputs: ['logprob', 'entropy', 'lse'],
    infer([hidden, weight, targets, invTemperature]) {
      expectHead(hidden, weight, targets, invTemperature);
      const rows = { dtype: hidden.dtype, shape: hidden.shape.slice(0, 1) };
      return [rows, rows, rows];
    },
    ...custom('TokenLogprob'),
    composite(g, [hidden, weight, targets, invTemperature]) {
      const logits = logitsOf(g, hidden, weight, invTemperature);
      const peak = g.stopGradient(g.max(logits, LAST));
      const shifted = g.sub(logits, peak);
      const mass = g.exp(shifted);
      const total = g.sum(mass, LAST);
      const lse = g.squeeze(g.add(g.log(total), peak), 1);
      const mean = g.squeeze(g.sum(g.mul(g.div(mass, total), logits), LAST), 1);
      return [g.sub(g.takeAlong(logits, targets), lse), g.sub(lse, mean), lse];
    },
    // NOTE: no gradient to the temperature; it is a sampling constant, not a parameter.
    vjp(g, node, [dlogprob, dentropy, dlse]) {
      refuseGradient(dlse, 'lse');
      if (dlogprob === null && dentropy === null) return [null, null, null, null];
      const [hidden, weight, targets, invTemperature] = node.inputs;
      const [logprob, entropy, lse] = node.outputs;
      const { dhidden, dweight } = g.tokenLogprobGrad(
        hidden,
        weight,
        targets,
        invTemperature,
        entropy,
        lse,
        dlogprob ?? g.expandLike(0, logprob),
        dentropy ?? g.expandLike(0, entropy),
      );
      return [dhidden, dweight, null, null];
    },
    examples: [
      { inputs: inputs(3, 4, 7, [0, 6, 3]) },
      { inputs: inputs(1, 31, 33, [32]) },
      {
        inputs: inputs(
          31,
          5,
          2,
          Array.from({ length: 31 }, (_, i) => i % 2),
        ),
      },
    ],
  }),
  tokenLogprobGrad: defineOp<'tokenLogprobGrad', GradIn, Two>({
    call: (_, ...list) => ({ inputs: list }),
    outputs: ['dhidden', 'dweight'],
    infer([hidden, weight, targets, invTemperature, ...rows]) {
      expectHead(hidden, weight, targets, invTemperature);
      expectOneDtype(hidden, ...rows);
      for (const row of rows) expectShape(row, hidden.shape.slice(0, 1), 'each row input');
      return [hidden, weight];
    },
    ...custom('TokenLogprobGrad'),
    // dz = dlogprob (onehot - p) - dentropy p (z - lse + entropy)
    composite(g, [hidden, weight, targets, invTemperature, entropy, lse, dlogprob, dentropy]) {
      const [lseAt, dlogprobAt] = [g.unsqueeze(lse, 1), g.unsqueeze(dlogprob, 1)];
      const logp = g.sub(logitsOf(g, hidden, weight, invTemperature), lseAt);
      const surprise = g.mul(g.unsqueeze(dentropy, 1), g.add(logp, g.unsqueeze(entropy, 1)));
      const spread = g.mul(g.exp(logp), g.add(surprise, dlogprobAt));
      const hit = g.equal(g.unsqueeze(targets, 1), g.unsqueeze(g.positions(weight, 0), 0));
      const dlogits = g.mul(g.sub(g.where(hit, dlogprobAt, 0), spread), invTemperature);
      return [g.gemm(dlogits, weight), g.gemm(dlogits, hidden, { transA: true })];
    },
    vjp: { none: 'second derivatives of fused ops are not provided' },
    examples: [
      {
        inputs: [...inputs(3, 4, 7, [0, 6, 3]), tensor(3), tensor(3), tensor(3), tensor(3)],
      },
    ],
  }),
  sample: defineOp<'sample', Four, Three>({
    call: (_, logits, params, keys, suppressed) => ({
      inputs: [logits, params, keys, suppressed],
    }),
    outputs: ['token', 'logprob', 'entropy'],
    infer([logits, params, keys, suppressed]) {
      expectRank(logits, 2, 'logits');
      const rows = logits.shape.slice(0, 1);
      expectShape(params, [...rows, 4], 'params');
      expectShape(keys, [...rows, 2], 'keys');
      expectShape(suppressed, logits.shape.slice(1), 'suppressed');
      if (params.dtype !== 'f32' || keys.dtype !== 'i64' || suppressed.dtype !== 'u8') {
        throw wrongDtype(
          `params f32, keys i64, suppressed u8: got ${[params, keys, suppressed].map(formatType).join(', ')}`,
        );
      }
      return [
        { dtype: 'i32', shape: rows },
        { dtype: 'f32', shape: rows },
        { dtype: 'f32', shape: rows },
      ];
    },
    ...custom('Sample'),
    composite: {
      none: 'counter-based random bits have no ordinary ops; a TypeScript oracle checks it',
    },
    vjp: { none: 'a drawn token is discrete' },
    examples: [
      {
        inputs: [
          tensor(2, 7),
          values('f32', [2, 4], [1, 0, 1, 0, 0, 0, 1, 0]),
          values('i64', [2, 2], [1, 0, 1, 1]),
          values('u8', [7], [0, 0, 1, 0, 0, 0, 0]),
        ],
      },
    ],
  }),
};
