// Attention forward of one instruction set. See attention.h.
#include "kernels/attention/attention_tile.h"

namespace rationale::kernels::RATIONALE_ISA_NS {
namespace {

constexpr int64_t kKeyBlock = 256;
constexpr int64_t kKeyRow = kKeyBlock + W;  // room for the padding of an unaligned last vector

struct Layout {
  int64_t padded;  // E rounded up to whole vectors
  int64_t q, kt, v, o, s, maximum, sum, limits, total;

  Layout(const AttentionShape& shape, int64_t positions) {
    const int64_t rows = positions * shape.group();
    padded = RoundUp(shape.head_size, W);
    q = 0;
    kt = q + RoundUp(rows * shape.head_size, 16);
    v = kt + shape.head_size * kKeyRow;
    o = v + kKeyBlock * padded;
    s = o + rows * padded;
    maximum = s + kRows * kKeyBlock;
    sum = maximum + RoundUp(rows, 16);
    limits = sum + RoundUp(rows, 16);
    total = limits + RoundUp(2 * rows, 16);
  }
};

}  // namespace

void AttentionKeyValues(const AttentionForwardParams& params, int64_t begin, int64_t end) {
  const AttentionShape& shape = params.shape;
  const int64_t e = shape.head_size;
  const int64_t keys = shape.kv_heads * e;
  for (int64_t row = begin; row < end; ++row) {
    const float* from = params.qkv + row * shape.qkv_columns() + shape.heads * e;
    float* to = params.kv + row * 2 * keys;
    for (int64_t h = 0; h < shape.kv_heads; ++h)
      RotateHead(from + h * e, params.cos + row * e, params.sin + row * e, e, 1.0f, to + h * e);
    CopyRow(from + keys, keys, to + keys);
  }
}

int64_t AttentionForwardScratch(const AttentionShape& shape, int64_t positions) {
  return Layout(shape, positions).total * 4;
}

void AttentionForwardItem(
    const AttentionForwardParams& params, const AttentionItem& item, float* scratch) {
  const AttentionShape& shape = params.shape;
  const Layout layout(shape, item.end - item.begin);
  const int64_t e = shape.head_size;
  const int64_t group = shape.group();
  const int64_t rows = (item.end - item.begin) * group;
  const int64_t padded = layout.padded;
  const int64_t kv_row = 2 * shape.kv_heads * e;
  float* q = scratch + layout.q;
  float* kt = scratch + layout.kt;
  float* v = scratch + layout.v;
  float* o = scratch + layout.o;
  float* s = scratch + layout.s;
  float* maximum = scratch + layout.maximum;
  float* sum = scratch + layout.sum;

  PackQueries(shape, params.qkv, params.cos, params.sin, item, shape.scale * kLog2E, q);
  auto* limits = reinterpret_cast<int64_t*>(scratch + layout.limits);
  KeyLimits(shape, item, limits);
  const int64_t keys = item.keys(shape.causal);
  for (int64_t r = 0; r < rows; ++r) {
    maximum[r] = -kInf;
    sum[r] = 0.0f;
  }

  for (int64_t first = 0; first < keys; first += kKeyBlock) {
    const int64_t count = Min(kKeyBlock, keys - first);
    const float* head = params.kv + item.kv_head * e;
    // Prefix and own keys are two runs of consecutive rows; the first run may end inside a vector.
    for (int64_t j = 0; j < count;) {
      const int64_t run_end =
          first + j < item.prefix_length ? Min(count, item.prefix_length - first) : count;
      const float* from = head + KeyRow(item, first + j) * kv_row;
      // Zero padding written past the run is overwritten by the next run or lies past `count`.
      TransposeInto(from, kv_row, run_end - j, e, kt + j, kKeyRow);
      for (; j < run_end; ++j, from += kv_row) {
        CopyRow(from + shape.kv_heads * e, e, v + j * padded);
        if (padded > e) ZeroRow(v + j * padded + e, padded - e);
      }
    }

    int64_t r = 0;
    if (shape.causal && first > item.prefix_length + item.begin) {
      // Positions before this key block see none of it.
      r = (first - item.prefix_length - item.begin) * group;
    }
    for (; r < rows;) {
      const int64_t blocks = (rows - r + kRows - 1) / kRows;
      const int64_t n = (rows - r + blocks - 1) / blocks;
      const int64_t seen = Min(limits[r + n - 1] - first, count);
      const int64_t width = RoundUp(seen, W);
      GemmBlock<false>(n, width / W, e, {q + r * e, e, 1}, kt, kKeyRow, s, kKeyBlock);
      int64_t seen_by[kRows];
      float rescale[kRows];
      for (int64_t i = 0; i < n; ++i) seen_by[i] = Min(limits[r + i] - first, seen);
      SoftmaxTile(s, kKeyBlock, n, seen_by, width, {maximum + r, sum + r, rescale});
      for (int64_t i = 0; first > 0 && i < n; ++i) {
        float* row = o + (r + i) * padded;
        if (rescale[i] == 1.0f) continue;
        for (int64_t c = 0; c < padded; c += W) Store(row + c, Load(row + c) * rescale[i]);
      }
      const MatrixA weights{s, kKeyBlock, 1};
      if (first == 0) {
        GemmBlock<false>(n, padded / W, seen, weights, v, padded, o + r * padded, padded);
      } else {
        GemmBlock<true>(n, padded / W, seen, weights, v, padded, o + r * padded, padded);
      }
      r += n;
    }
  }

  // maximum becomes lse and sum its inverse.
  for (int64_t r = 0; r < rows; r += W) {
    const Vec total = Load(sum + r);
    Store(maximum + r, Load(maximum + r) * kLn2 + Log(total));
    Store(sum + r, 1.0f / total);
  }
  for (int64_t p = item.begin, r = 0; p < item.end; ++p) {
    const int64_t row = item.start + p;
    float* lse = params.lse + row * shape.heads + item.kv_head * group;
    float* to = params.out + (row * shape.heads + item.kv_head * group) * e;
    for (int64_t g = 0; g < group; ++g, ++r) {
      const Vec inverse = Splat(sum[r]);
      const float* from = o + r * padded;
      ForVec(e, [&](int64_t i, int64_t n) { StoreN(to + g * e + i, Load(from + i) * inverse, n); });
      lse[g] = maximum[r];
    }
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
