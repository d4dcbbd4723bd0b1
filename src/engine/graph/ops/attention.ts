/**
 * Rotary attention over packed rows (forward, backward) and over a key/value cache (decoding), as
 * fused rows. Their composites build the score matrix, which the kernels never do.
 * Rotary: x * cos + rotateHalf(x) * sin on query and key heads; scores = scale * q k^T.
 */
import { expectRank, expectShape } from '../shape.ts';
import { formatType, type Value } from '../value.ts';
import { expectOneDtype } from './normalise.ts';
import {
  custom,
  defineOp,
  type Four,
  mismatch,
  type OnnxAttrs,
  refuseGradient,
  type Scope,
  type Three,
  type Two,
  tensor,
  values,
  wrongDtype,
} from './op.ts';
import type { AttentionOptions, DecodeOptions } from './signatures.ts';

type Attrs = { heads: number; kvHeads: number; causal: boolean; scale: number };
type DecodeAttrs = Omit<Attrs, 'causal'>;
type GradIn = readonly [Value, Value, Value, Value, Value, Value, Value];
type DecodeIn = readonly [Value, Value, Value, Value, Value, Value];

/** Stands for -inf in scores: exp of it is 0, and differences of it are finite. */
const HIDDEN = -1e30;
/** Smallest softmax denominator: a visible row has at least 1, a row that sees nothing has 0. */
const TINY = 1e-30;

const decodeAttrs = ({ heads, kvHeads, scale }: DecodeAttrs): OnnxAttrs => ({
  heads: { i: heads },
  kv_heads: { i: kvHeads },
  scale: { f: scale },
});
const attentionAttrs = (attrs: Attrs): OnnxAttrs => ({
  ...decodeAttrs(attrs),
  causal: { i: Number(attrs.causal) },
});

/** Checks the packed projections and their rotary tables. @returns E */
function headSize(qkv: Value, cos: Value, sin: Value, { heads, kvHeads }: DecodeAttrs): number {
  expectOneDtype(qkv, cos, sin);
  expectRank(qkv, 2, 'qkv');
  const width = qkv.shape[1];
  const size = typeof width === 'number' ? width / (heads + 2 * kvHeads) : Number.NaN;
  if (!Number.isInteger(size) || size % 2 !== 0 || heads % kvHeads !== 0) {
    throw mismatch(
      `qkv must be [N,(H+2K)E] with E even and K dividing H: got width ${width} for H=${heads}, K=${kvHeads}`,
    );
  }
  expectShape(cos, [...qkv.shape.slice(0, 1), size], 'cos');
  expectShape(sin, [...qkv.shape.slice(0, 1), size], 'sin');
  return size;
}

function expectFourColumns(rows: Value, what: string): void {
  if (rows.dtype !== 'i32') throw wrongDtype(`${what} must be i32: got ${formatType(rows)}`);
  expectRank(rows, 2, what);
  if (rows.shape[1] !== 4) throw mismatch(`${what} must have 4 columns: got ${formatType(rows)}`);
}

/** [N,heads*E] -> rotated [N,heads*E]. cos, sin [N,E]. */
function rotate(g: Scope, x: Value, cos: Value, sin: Value, heads: number): Value {
  const [rows = 0, width = 0] = x.shape;
  const size = Number(width) / heads;
  const apart = g.reshape(x, [rows, heads, size]);
  const [low, high] = g.split(apart, { axis: 2, sizes: [size / 2, size / 2] }) as Two; // as: two sizes
  const half = g.concat([g.neg(high), low], 2);
  const turned = g.add(g.mul(apart, g.unsqueeze(cos, 1)), g.mul(half, g.unsqueeze(sin, 1)));
  return g.reshape(turned, x.shape);
}

/** The rotated query, the rotated key and the value parts of qkv. */
function project(g: Scope, [qkv, cos, sin]: Three, { heads, kvHeads }: DecodeAttrs): Three {
  const size = headSize(qkv, cos, sin, { heads, kvHeads, scale: 1 });
  const sizes = [heads * size, kvHeads * size, kvHeads * size];
  const [q, k, v] = g.split(qkv, { axis: 1, sizes }) as Three; // as: three sizes
  return [rotate(g, q, cos, sin, heads), rotate(g, k, cos, sin, kvHeads), v];
}

/** Softmax over the visible keys. scores [...,rows,keys]. @returns weights and lse [...,rows,1] */
function attend(g: Scope, scores: Value, visible: Value): Two {
  const shown = g.where(visible, scores, HIDDEN);
  const peak = g.stopGradient(g.max(shown, { axes: [-1], keep: true }));
  const mass = g.where(visible, g.exp(g.sub(shown, peak)), 0);
  const total = g.sum(mass, { axes: [-1], keep: true });
  const safe = g.maximum(total, TINY);
  const lse = g.where(g.greater(total, 0), g.add(g.log(safe), peak), Number.NEGATIVE_INFINITY);
  return [g.div(mass, safe), lse];
}

/** Column `i` of segments or decode rows as [rows,1]. */
function column(g: Scope, table: Value, i: number): Value {
  return g.slice(table, { axis: 1, start: i, end: i + 1 });
}

/** start <= at < start + length, broadcast. */
function within(g: Scope, at: Value, start: Value, length: Value): Value {
  return g.and(g.greaterEqual(at, start), g.less(at, g.add(start, length)));
}

/** [N,N] bool: which rows (columns) each row sees. */
function visibility(g: Scope, qkv: Value, segments: Value, causal: boolean): Value {
  const at = g.positions(qkv, 0);
  const row = g.unsqueeze(at, 0);
  const own = g.cast(within(g, row, column(g, segments, 0), column(g, segments, 1)), 'f32');
  const prefix = g.cast(within(g, row, column(g, segments, 2), column(g, segments, 3)), 'f32');
  const member = g.transpose(own, [1, 0]);
  const same = g.greater(g.matmul(member, own), 0.5);
  const earlier = g.lessEqual(row, g.unsqueeze(at, 1));
  return g.or(g.greater(g.matmul(member, prefix), 0.5), causal ? g.and(same, earlier) : same);
}

/** [N,heads*E] -> [K,heads/K,N,E]: query heads beside the key head that they share. */
function byHead(g: Scope, x: Value, heads: number, kvHeads: number): Value {
  const [rows = 0, width = 0] = x.shape;
  const apart = g.reshape(x, [rows, kvHeads, heads / kvHeads, Number(width) / heads]);
  return g.transpose(apart, [1, 2, 0, 3]);
}

function packedAttention(g: Scope, inputs: Four, attrs: Attrs): Three {
  const [qkv, cos, sin, segments] = inputs;
  const { heads, kvHeads, causal, scale } = attrs;
  const [q, k, v] = project(g, [qkv, cos, sin], attrs);
  const [queries, keys, vals] = [
    byHead(g, q, heads, kvHeads),
    byHead(g, k, kvHeads, kvHeads),
    byHead(g, v, kvHeads, kvHeads),
  ];
  const scores = g.mul(g.matmul(queries, g.transpose(keys, [0, 1, 3, 2])), scale);
  const [weights, lse] = attend(g, scores, visibility(g, qkv, segments, causal));
  const [rows = 0] = qkv.shape;
  const out = g.transpose(g.matmul(weights, vals), [2, 0, 1, 3]);
  return [
    g.reshape(out, q.shape),
    g.reshape(g.transpose(lse, [2, 0, 1, 3]), [rows, heads]),
    g.concat([k, v], 1),
  ];
}

function cachedAttention(g: Scope, inputs: DecodeIn, attrs: DecodeAttrs): Two {
  const [qkv, cos, sin, prefixKv, rows, cache] = inputs;
  const { heads, kvHeads, scale } = attrs;
  const [q, k, v] = project(g, [qkv, cos, sin], attrs);
  const [slot, position] = [column(g, rows, 2), column(g, rows, 3)];

  const slots = g.equal(g.unsqueeze(g.positions(cache, 0), 1), g.transpose(slot, [1, 0])); // [R,B]
  const times = g.equal(g.unsqueeze(g.positions(cache, 1), 1), g.transpose(position, [1, 0])); // [T,B]
  const written = g.cast(g.and(g.unsqueeze(slots, 1), g.unsqueeze(times, 0)), qkv.dtype); // [R,T,B]
  const fresh = g.matmul(written, g.concat([k, v], 1)); // [R,T,2KE]
  const kept = g.less(g.sum(written, { axes: [-1], keep: true }), 0.5);
  const next = g.where(kept, cache, fresh);

  // [B,K,H/K,E] x [1,K,E,P] and [B,K,E,T]: scores of the prefix beside those of the own slot.
  const [batch = 0] = qkv.shape;
  const size = headSize(qkv, cos, sin, attrs);
  const queries = g.reshape(q, [batch, kvHeads, heads / kvHeads, size]);
  const own = g.gatherRows(next, g.squeeze(slot, 1)); // [B,T,2KE]
  const [prefixK, prefixV] = keysAndValues(g, g.unsqueeze(prefixKv, 0), kvHeads, size);
  const [ownK, ownV] = keysAndValues(g, own, kvHeads, size);
  const score = (keys: Value) => g.mul(g.matmul(queries, g.transpose(keys, [0, 1, 3, 2])), scale);
  const prefixAt = g.unsqueeze(g.positions(prefixKv, 0), 0);
  const seesPrefix = within(g, prefixAt, column(g, rows, 0), column(g, rows, 1));
  const seesOwn = g.lessEqual(g.unsqueeze(g.positions(cache, 1), 0), position);
  const visible = g.unsqueeze(g.unsqueeze(g.concat([seesPrefix, seesOwn], 1), 1), 1);
  const [weights] = attend(g, g.concat([score(prefixK), score(ownK)], 3), visible);
  const [overPrefix, overOwn] = g.splitLike(weights, [score(prefixK), score(ownK)], 3) as Two; // as: two refs
  const out = g.add(g.matmul(overPrefix, prefixV), g.matmul(overOwn, ownV));
  return [g.reshape(out, q.shape), next];
}

/** [B,T,2KE] -> keys and values [B,K,T,E]. */
function keysAndValues(g: Scope, kv: Value, kvHeads: number, size: number): Two {
  const [batch = 0, rows = 0] = kv.shape;
  const apart = g.reshape(kv, [batch, rows, 2 * kvHeads, size]);
  return g.split(g.transpose(apart, [0, 2, 1, 3]), {
    axis: 1,
    sizes: [kvHeads, kvHeads],
  }) as Two; // as: two sizes
}

const SEGMENTS = values('i32', [3, 4], [0, 2, 0, 0, 2, 3, 0, 2, 5, 1, 0, 0]);
/** Row 6 belongs to no segment. */
const EXAMPLE = [tensor(7, 16), tensor(7, 4), tensor(7, 4), SEGMENTS];
const HEADS = { heads: 2, kvHeads: 1, causal: true, scale: 0.5 };

export const attention = {
  attention: defineOp<'attention', Four, Three, Attrs>({
    call: (_, qkv, cos, sin, segments, options: AttentionOptions) => ({
      inputs: [qkv, cos, sin, segments],
      attrs: { ...options },
    }),
    outputs: ['out', 'lse', 'kv'],
    infer([qkv, cos, sin, segments], attrs) {
      const size = headSize(qkv, cos, sin, attrs);
      expectFourColumns(segments, 'segments');
      const of = (width: number) => ({
        dtype: qkv.dtype,
        shape: [...qkv.shape.slice(0, 1), width],
      });
      return [of(attrs.heads * size), of(attrs.heads), of(2 * attrs.kvHeads * size)];
    },
    ...custom('Attention', attentionAttrs),
    composite: packedAttention,
    vjp(g, { inputs: [qkv, cos, sin, segments], outputs: [out, lse], attrs }, [dout, dlse, dkv]) {
      refuseGradient(dlse, 'lse');
      refuseGradient(dkv, 'kv');
      return [
        dout && g.attentionGrad(qkv, cos, sin, segments, out, lse, dout, attrs),
        null,
        null,
        null,
      ];
    },
    examples: [
      { inputs: EXAMPLE, attrs: HEADS },
      { inputs: EXAMPLE, attrs: { ...HEADS, causal: false } },
      {
        inputs: [tensor(1, 8), tensor(1, 2), tensor(1, 2), values('i32', [1, 4], [0, 1, 0, 0])],
        attrs: { heads: 2, kvHeads: 1, causal: true, scale: 1 },
      },
      {
        inputs: [
          tensor(33, 24),
          tensor(33, 4),
          tensor(33, 4),
          values('i32', [2, 4], [0, 31, 0, 0, 31, 2, 7, 5]),
        ],
        attrs: { heads: 2, kvHeads: 2, causal: true, scale: 0.5 },
      },
    ],
  }),
  attentionGrad: defineOp<'attentionGrad', GradIn, readonly [Value], Attrs>({
    call: (_, qkv, cos, sin, segments, out, lse, dout, options: AttentionOptions) => ({
      inputs: [qkv, cos, sin, segments, out, lse, dout],
      attrs: { ...options },
    }),
    infer([qkv, cos, sin, segments, out, lse, dout], attrs) {
      const size = headSize(qkv, cos, sin, attrs);
      expectOneDtype(qkv, out, lse, dout);
      expectFourColumns(segments, 'segments');
      expectShape(out, [...qkv.shape.slice(0, 1), attrs.heads * size], 'out');
      expectShape(dout, out.shape, 'dout');
      expectShape(lse, [...qkv.shape.slice(0, 1), attrs.heads], 'lse');
      return [qkv];
    },
    ...custom('AttentionGrad', attentionAttrs),
    composite(g, [qkv, cos, sin, segments, , , dout], attrs) {
      const [out] = packedAttention(g, [qkv, cos, sin, segments], attrs);
      return g.pullback([qkv], [out], [dout]) as unknown as readonly [Value]; // as: one value asked
    },
    vjp: { none: 'second derivatives of fused ops are not provided' },
    // The kernel needs out and lse of the same forward pass: see `consistent` in the oracle.
    examples: [{ inputs: [...EXAMPLE, tensor(7, 8), tensor(7, 2), tensor(7, 8)], attrs: HEADS }],
  }),
  decodeAttention: defineOp<'decodeAttention', DecodeIn, Two, DecodeAttrs>({
    call: (_, qkv, cos, sin, prefixKv, rows, cache, options: DecodeOptions) => ({
      inputs: [qkv, cos, sin, prefixKv, rows, cache],
      attrs: { ...options },
    }),
    outputs: ['out', 'cache'],
    infer([qkv, cos, sin, prefixKv, rows, cache], attrs) {
      const size = headSize(qkv, cos, sin, attrs);
      const width = 2 * attrs.kvHeads * size;
      expectOneDtype(qkv, prefixKv, cache);
      expectFourColumns(rows, 'rows');
      expectShape(rows, [...qkv.shape.slice(0, 1), 4], 'rows');
      expectRank(cache, 3, 'cache');
      expectShape(prefixKv, [...prefixKv.shape.slice(0, 1), width], 'prefixKv');
      expectShape(cache, [...cache.shape.slice(0, 2), width], 'cache');
      return [{ dtype: qkv.dtype, shape: [...qkv.shape.slice(0, 1), attrs.heads * size] }, cache];
    },
    ...custom('DecodeAttention', decodeAttrs),
    composite: cachedAttention,
    vjp: { none: 'decoding only: training runs attention over whole rows' },
    examples: [
      {
        inputs: [
          tensor(2, 16),
          tensor(2, 4),
          tensor(2, 4),
          tensor(5, 8),
          values('i32', [2, 4], [0, 3, 2, 1, 3, 2, 0, 4]),
          tensor(3, 5, 8),
        ],
        attrs: { heads: 2, kvHeads: 1, scale: 0.5 },
      },
    ],
  }),
};
