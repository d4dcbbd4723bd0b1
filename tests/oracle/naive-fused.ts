/**
 * The fused ops as loops over rows, heads and keys: the meaning of their definitions, written
 * without any of the tensor ops that their composites use.
 */
import type { Naive } from './naive.ts';
import { get, type Nd, nd, range, total } from './nd.ts';

const none: Nd = { dtype: 'f32', shape: [], data: [] };
const row = (x: Nd, i: number): number[] => {
  const width = x.shape.at(-1) ?? 1;
  return x.data.slice(i * width, (i + 1) * width);
};
const dot = (a: readonly number[], b: readonly number[]) => total(a.map((v, i) => v * (b[i] ?? 0)));
const rows = (dtype: Nd['dtype'], list: readonly (readonly number[])[], width: number): Nd => ({
  dtype,
  shape: [list.length, width],
  data: list.flat(),
});

function rmsNorm(x: Nd, w: Nd, eps: number): Nd[] {
  const rstd = range(x.shape[0] ?? 0).map((n) => {
    const list = row(x, n);
    return 1 / Math.sqrt(dot(list, list) / list.length + eps);
  });
  return [
    nd(x.dtype, x.shape, (n = 0, d = 0) => get(x, [n, d]) * (rstd[n] ?? 0) * (w.data[d] ?? 0)),
    { dtype: x.dtype, shape: [rstd.length], data: rstd },
  ];
}

/** One head's vector turned: pair (i, i + E/2) by its angle. */
function rotate(x: readonly number[], cos: readonly number[], sin: readonly number[]): number[] {
  const half = x.length / 2;
  return x.map((v, i) => {
    const other = i < half ? -(x[i + half] ?? 0) : (x[i - half] ?? 0);
    return v * (cos[i] ?? 0) + other * (sin[i] ?? 0);
  });
}

interface Heads {
  readonly heads: number;
  readonly kvHeads: number;
  readonly scale: number;
  readonly causal?: boolean;
}

/** Per row: rotated query heads, rotated key heads, value heads. */
function project(qkv: Nd, cos: Nd, sin: Nd, { heads, kvHeads }: Heads) {
  const size = cos.shape[1] ?? 0;
  return range(qkv.shape[0] ?? 0).map((n) => {
    const all = row(qkv, n);
    const part = (i: number) => all.slice(i * size, (i + 1) * size);
    const turned = (i: number) => rotate(part(i), row(cos, n), row(sin, n));
    return {
      queries: range(heads).map(turned),
      keys: range(kvHeads).map((k) => turned(heads + k)),
      values: range(kvHeads).map((k) => part(heads + kvHeads + k)),
    };
  });
}

/** softmax(scores) applied to the values, and the log of its denominator. */
function attend(
  q: readonly number[],
  seen: readonly { k: number[]; v: number[] }[],
  scale: number,
) {
  const mass = seen.map(({ k }) => Math.exp(scale * dot(q, k)));
  const sum = total(mass);
  const out = q.map((_, e) =>
    sum === 0 ? 0 : total(seen.map(({ v }, i) => ((mass[i] ?? 0) / sum) * (v[e] ?? 0))),
  );
  return { out, lse: Math.log(sum) };
}

const attention: Naive = ([qkv = none, cos = none, sin = none, segments = none], attrs) => {
  const options = attrs as unknown as Heads; // as: the row's attributes
  const { heads, kvHeads, scale, causal } = options;
  const parts = project(qkv, cos, sin, options);
  const visible = (i: number): number[] => {
    const all = new Set<number>();
    for (const m of range(segments.shape[0] ?? 0)) {
      const [start = 0, length = 0, prefix = 0, prefixLength = 0] = row(segments, m);
      if (i < start || i >= start + length) continue;
      for (const j of range(prefixLength)) all.add(prefix + j);
      for (const j of range(length)) if (causal !== true || start + j <= i) all.add(start + j);
    }
    return [...all];
  };
  const results = parts.map(({ queries }, i) =>
    queries.map((q, h) => {
      const k = Math.floor(h / (heads / kvHeads));
      const seen = visible(i).map((j) => ({
        k: parts[j]?.keys[k] ?? [],
        v: parts[j]?.values[k] ?? [],
      }));
      return attend(q, seen, scale);
    }),
  );
  const size = cos.shape[1] ?? 0;
  return [
    rows(
      qkv.dtype,
      results.map((list) => list.flatMap((r) => r.out)),
      heads * size,
    ),
    rows(
      qkv.dtype,
      results.map((list) => list.map((r) => r.lse)),
      heads,
    ),
    rows(
      qkv.dtype,
      parts.map((p) => [...p.keys.flat(), ...p.values.flat()]),
      2 * kvHeads * size,
    ),
  ];
};

const decodeAttention: Naive = (inputs, attrs) => {
  const [qkv = none, cos = none, sin = none, prefixKv = none, table = none, cache = none] = inputs;
  const options = attrs as unknown as Heads; // as: the row's attributes
  const { heads, kvHeads, scale } = options;
  const [size, slotLength, width] = [cos.shape[1] ?? 0, cache.shape[1] ?? 0, cache.shape[2] ?? 0];
  const parts = project(qkv, cos, sin, options);
  const next = { ...cache, data: [...cache.data] };
  for (const [b, p] of parts.entries()) {
    const [, , slot = 0, position = 0] = row(table, b);
    const at = (slot * slotLength + position) * width;
    next.data.splice(at, width, ...p.keys.flat(), ...p.values.flat());
  }
  const out = parts.map(({ queries }, b) => {
    const [start = 0, length = 0, slot = 0, position = 0] = row(table, b);
    const pairs = [
      ...range(length).map((j) => row(prefixKv, start + j)),
      ...range(position + 1).map((t) => row(next, slot * slotLength + t)),
    ];
    return queries.flatMap((q, h) => {
      const k = Math.floor(h / (heads / kvHeads));
      const part = (kv: readonly number[], i: number) => kv.slice(i * size, (i + 1) * size);
      return attend(
        q,
        pairs.map((kv) => ({ k: part(kv, k), v: part(kv, kvHeads + k) })),
        scale,
      ).out;
    });
  });
  return [rows(qkv.dtype, out, heads * size), next];
};

const tokenLogprob: Naive = ([hidden = none, weight = none, targets = none, inverse = none]) => {
  const results = targets.data.map((target, m) => {
    const z = range(weight.shape[0] ?? 0).map(
      (v) => dot(row(hidden, m), row(weight, v)) * (inverse.data[0] ?? 1),
    );
    const lse = Math.log(total(z.map(Math.exp)));
    const entropy = -total(z.map((v) => Math.exp(v - lse) * (v - lse)));
    return { logprob: (z[target] ?? 0) - lse, entropy, lse };
  });
  const column = (pick: (r: (typeof results)[number]) => number): Nd => ({
    dtype: hidden.dtype,
    shape: targets.shape,
    data: results.map(pick),
  });
  return [column((r) => r.logprob), column((r) => r.entropy), column((r) => r.lse)];
};

const adamw: Naive = ([p = none, m = none, v = none, g = none, hyper = none]) => {
  const [lr = 0, beta1 = 0, beta2 = 0, eps = 0, decay = 0, bias1 = 0, bias2 = 0, scale = 0] =
    hyper.data;
  const next = p.data.map((w, i) => {
    const grad = (g.data[i] ?? 0) * scale;
    const m1 = beta1 * (m.data[i] ?? 0) + (1 - beta1) * grad;
    const v1 = beta2 * (v.data[i] ?? 0) + (1 - beta2) * grad * grad;
    const step = (lr / bias1) * (m1 / (Math.sqrt(v1) / Math.sqrt(bias2) + eps));
    return [w * (1 - lr * decay) - step, m1, v1] as const;
  });
  return [0, 1, 2].map((i) => ({ ...p, data: next.map((list) => list[i] ?? 0) }));
};

export const naiveFused: Readonly<Record<string, Naive>> = {
  rmsNorm: ([x = none, w = none], { eps }) => rmsNorm(x, w, Number(eps)),
  addRmsNorm: ([x = none, r = none, w = none], { eps }) => {
    const sum = nd(x.dtype, x.shape, (...index) => get(x, index) + get(r, index));
    return [sum, ...rmsNorm(sum, w, Number(eps))];
  },
  swiglu: ([x = none]) => {
    const half = (x.shape[1] ?? 0) / 2;
    return [
      nd(x.dtype, [x.shape[0] ?? 0, half], (n = 0, i = 0) => {
        const gate = get(x, [n, i]);
        return (gate / (1 + Math.exp(-gate))) * get(x, [n, half + i]);
      }),
    ];
  },
  attention,
  decodeAttention,
  tokenLogprob,
  adamw,
  sumSquares: ([x = none]) => [nd(x.dtype, [1], () => dot(x.data, x.data))],
};
