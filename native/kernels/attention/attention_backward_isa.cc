// Attention backward of one instruction set. See attention.h.
#include "kernels/attention/attention_tile.h"

namespace rationale::kernels::RATIONALE_ISA_NS {
namespace {

constexpr int64_t kKeyBlock = 128;
constexpr int64_t kKeyRow = kKeyBlock + W;  // room for the padding of an unaligned last vector
// Query rows per score tile: a multiple of the register tile, so that dk and dv are loaded and
// stored once per many products.
constexpr int64_t kTileRows = 2 * kRows;

struct Layout {
  int64_t padded;
  int64_t q, dout, dq, lse, delta, limits, kt, vt, k, dk, dv, p, ds, total;

  Layout(const AttentionShape& shape, int64_t positions) {
    const int64_t rows = positions * shape.group();
    const int64_t e = shape.head_size;
    padded = RoundUp(e, W);
    int64_t next = 0;
    const auto take = [&](int64_t count) {
      const int64_t at = next;
      next += RoundUp(count, 16);
      return at;
    };
    q = take(rows * padded);
    dout = take(rows * padded);
    dq = take(rows * padded);
    lse = take(rows);
    delta = take(rows);
    limits = take(2 * rows);
    kt = take(e * kKeyRow);
    vt = take(e * kKeyRow);
    k = take(kKeyBlock * padded);
    dk = take(kKeyBlock * padded);
    dv = take(kKeyBlock * padded);
    p = take(kTileRows * kKeyBlock);
    ds = take(kTileRows * kKeyBlock);
    total = next;
  }
};

/// p = 2^(s - lse) and ds = p (dp - delta) of R rows, in place; 0 past each row's limit, up to
/// `width`.
template <int R>
RATIONALE_INLINE void WeightsRows(
    float* s,
    float* dp,
    const int64_t* limits,
    int64_t width,
    const float* lse,
    const float* delta) {
  int64_t common = limits[0];
  for (int r = 1; r < R; ++r) common = Min(common, limits[r]);
  common = common / W * W;
  for (int64_t j = 0; j < common; j += W) {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const int64_t at = r * kKeyBlock + j;
      const Vec p = Exp2(Load(s + at) - Splat(lse[r]));
      Store(s + at, p);
      Store(dp + at, p * (Load(dp + at) - Splat(delta[r])));
    }
  }
  for (int64_t j = common; j < width; j += W) {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const int64_t at = r * kKeyBlock + j;
      const IVec seen = Iota() < static_cast<int32_t>(limits[r] - j);
      const Vec p = Exp2(Load(s + at) - Splat(lse[r]));
      const Vec ds = p * (Load(dp + at) - Splat(delta[r]));
      Store(s + at, seen ? p : Vec{});
      Store(dp + at, seen ? ds : Vec{});
    }
  }
}

RATIONALE_INLINE float Dot(const float* a, const float* b, int64_t count) {
  Vec sum{};
  ForVec(count, [&](int64_t i, int64_t n) { sum += LoadN(a + i, n) * LoadN(b + i, n); });
  return Sum(sum);
}

RATIONALE_INLINE void AddRow(const float* from, int64_t count, float factor, float* to) {
  ForVec(count, [&](int64_t i, int64_t n) {
    StoreN(to + i, LoadN(to + i, n) + LoadN(from + i, n) * factor, n);
  });
}

}  // namespace

int64_t AttentionBackwardScratch(const AttentionShape& shape, int64_t positions) {
  return Layout(shape, positions).total * 4;
}

void AttentionBackwardItem(
    const AttentionBackwardParams& params,
    const AttentionItem& item,
    float* dkv,
    int64_t dkv_row,
    float* scratch) {
  const AttentionShape& shape = params.shape;
  const Layout layout(shape, item.end - item.begin);
  const int64_t e = shape.head_size;
  const int64_t group = shape.group();
  const int64_t rows = (item.end - item.begin) * group;
  const int64_t padded = layout.padded;
  const int64_t qkv_row = shape.qkv_columns();
  float* q = scratch + layout.q;
  float* dout = scratch + layout.dout;
  float* dq = scratch + layout.dq;
  float* lse = scratch + layout.lse;
  float* delta = scratch + layout.delta;
  float* kt = scratch + layout.kt;
  float* vt = scratch + layout.vt;
  float* k = scratch + layout.k;
  float* dk = scratch + layout.dk;
  float* dv = scratch + layout.dv;
  float* p = scratch + layout.p;
  float* ds = scratch + layout.ds;

  for (int64_t position = item.begin, r = 0; position < item.end; ++position) {
    const int64_t row = item.start + position;
    const float* cos = params.cos + row * e;
    const float* sin = params.sin + row * e;
    for (int64_t g = 0; g < group; ++g, ++r) {
      const int64_t h = item.kv_head * group + g;
      RotateHead(
          params.qkv + row * qkv_row + h * e, cos, sin, e, shape.scale * kLog2E, q + r * padded);
      const float* from = params.dout + (row * shape.heads + h) * e;
      CopyRow(from, e, dout + r * padded);
      if (padded > e) {
        ZeroRow(q + r * padded + e, padded - e);
        ZeroRow(dout + r * padded + e, padded - e);
      }
      if (g == 0) {
        PrefetchRow(params.qkv + (row + kAhead) * qkv_row + h * e, group * e);
        PrefetchRow(from + kAhead * shape.heads * e, group * e);
        PrefetchRow(params.out + ((row + kAhead) * shape.heads + h) * e, group * e);
      }
      delta[r] = Dot(from, params.out + (row * shape.heads + h) * e, e);
      lse[r] = params.lse[row * shape.heads + h] * kLog2E;
    }
  }

  auto* limits = reinterpret_cast<int64_t*>(scratch + layout.limits);
  KeyLimits(shape, item, limits);
  const int64_t keys = item.keys(shape.causal);
  for (int64_t first = 0; first < keys; first += kKeyBlock) {
    const int64_t count = Min(kKeyBlock, keys - first);
    for (int64_t j = 0; j < count; ++j) {
      const int64_t row = KeyRow(item, first + j);
      const float* from = params.qkv + row * qkv_row + (shape.heads + item.kv_head) * e;
      RotateHead(from, params.cos + row * e, params.sin + row * e, e, 1.0f, k + j * padded);
      if (padded > e) ZeroRow(k + j * padded + e, padded - e);
    }
    TransposeInto(k, padded, count, e, kt, kKeyRow);
    for (int64_t j = 0; j < count;) {
      const int64_t run_end =
          first + j < item.prefix_length ? Min(count, item.prefix_length - first) : count;
      const int64_t row = KeyRow(item, first + j);
      const float* from =
          params.qkv + row * qkv_row + (shape.heads + shape.kv_heads + item.kv_head) * e;
      TransposeInto(from, qkv_row, run_end - j, e, vt + j, kKeyRow);
      j = run_end;
    }
    ZeroRow(dk, count * padded);
    ZeroRow(dv, count * padded);

    int64_t r = 0;
    if (shape.causal && first > item.prefix_length + item.begin)
      r = (first - item.prefix_length - item.begin) * group;
    while (r < rows) {
      const int64_t blocks = (rows - r + kTileRows - 1) / kTileRows;
      const int64_t n = (rows - r + blocks - 1) / blocks;
      const int64_t seen = Min(limits[r + n - 1] - first, count);
      const int64_t width = RoundUp(seen, W);
      GemmBlock<false>(n, width / W, e, {q + r * padded, padded, 1}, kt, kKeyRow, p, kKeyBlock);
      GemmBlock<false>(n, width / W, e, {dout + r * padded, padded, 1}, vt, kKeyRow, ds, kKeyBlock);
      int64_t seen_by[kTileRows];
      for (int64_t i = 0; i < n; ++i) seen_by[i] = Min(limits[r + i] - first, seen);
      int64_t i = 0;
      for (; i + 4 <= n; i += 4) {
        WeightsRows<4>(
            p + i * kKeyBlock, ds + i * kKeyBlock, seen_by + i, width, lse + r + i, delta + r + i);
      }
      for (; i < n; ++i) {
        WeightsRows<1>(
            p + i * kKeyBlock, ds + i * kKeyBlock, seen_by + i, width, lse + r + i, delta + r + i);
      }
      GemmBlock<true>(
          seen, padded / W, n, {p, 1, kKeyBlock}, dout + r * padded, padded, dv, padded);
      GemmBlock<true>(seen, padded / W, n, {ds, 1, kKeyBlock}, q + r * padded, padded, dk, padded);
      const MatrixA weights{ds, kKeyBlock, 1};
      if (first == 0) {
        GemmBlock<false>(n, padded / W, seen, weights, k, padded, dq + r * padded, padded);
      } else {
        GemmBlock<true>(n, padded / W, seen, weights, k, padded, dq + r * padded, padded);
      }
      r += n;
    }
    for (int64_t j = 0; j < count; ++j) {
      float* to = dkv + KeyRow(item, first + j) * dkv_row + item.kv_head * e;
      // q carries scale * log2(e); dk wants scale alone.
      AddRow(dk + j * padded, e, kLn2, to);
      AddRow(dv + j * padded, e, 1.0f, to + shape.kv_heads * e);
    }
  }

  for (int64_t position = item.begin, r = 0; position < item.end; ++position) {
    const int64_t row = item.start + position;
    float* to = params.dqkv + row * qkv_row + item.kv_head * group * e;
    for (int64_t g = 0; g < group; ++g, ++r)
      RotateHeadBack(
          dq + r * padded, params.cos + row * e, params.sin + row * e, e, shape.scale, to + g * e);
  }
}

void AttentionFinishKeys(
    const AttentionBackwardParams& params,
    const float* extra,
    int64_t parts,
    int64_t begin,
    int64_t end) {
  const AttentionShape& shape = params.shape;
  const int64_t e = shape.head_size;
  const int64_t columns = 2 * shape.kv_heads * e;
  for (int64_t row = begin; row < end; ++row) {
    float* to = params.dqkv + row * shape.qkv_columns() + shape.heads * e;
    for (int64_t part = 0; part < parts; ++part)
      AddRow(extra + (part * shape.rows + row) * columns, columns, 1.0f, to);
    for (int64_t h = 0; h < shape.kv_heads; ++h) {
      float* head = to + h * e;
      RotateHeadBack(head, params.cos + row * e, params.sin + row * e, e, 1.0f, head);
    }
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
