// Pieces shared by attention forward and backward of one instruction set: rotation of heads and
// packing of an item's rows. Query rows of an item are ordered (position, query head), so that rows
// of a register tile have nearly the same causal limit.
#pragma once

#include "kernels/attention/attention.h"
#include "kernels/simd/gemm.h"
#include "kernels/simd/vec.h"

namespace rationale::kernels::RATIONALE_ISA_NS {

/// to = factor * (x cos + rotate_half(x) sin), E values.
RATIONALE_INLINE void RotateHead(
    const float* x,
    const float* cos,
    const float* sin,
    int64_t head_size,
    float factor,
    float* to) {
  const int64_t half = head_size / 2;
  const Vec f = Splat(factor);
  ForVec(half, [&](int64_t i, int64_t n) {
    const Vec a = LoadN(x + i, n);
    const Vec b = LoadN(x + half + i, n);
    const Vec low = a * LoadN(cos + i, n) - b * LoadN(sin + i, n);
    const Vec high = b * LoadN(cos + half + i, n) + a * LoadN(sin + half + i, n);
    StoreN(to + i, low * f, n);
    StoreN(to + half + i, high * f, n);
  });
}

/// The transpose of RotateHead: gradient of x from gradient of the rotated head.
RATIONALE_INLINE void RotateHeadBack(
    const float* dy,
    const float* cos,
    const float* sin,
    int64_t head_size,
    float factor,
    float* to) {
  const int64_t half = head_size / 2;
  const Vec f = Splat(factor);
  ForVec(half, [&](int64_t i, int64_t n) {
    const Vec a = LoadN(dy + i, n);
    const Vec b = LoadN(dy + half + i, n);
    const Vec low = a * LoadN(cos + i, n) + b * LoadN(sin + half + i, n);
    const Vec high = b * LoadN(cos + half + i, n) - a * LoadN(sin + i, n);
    StoreN(to + i, low * f, n);
    StoreN(to + half + i, high * f, n);
  });
}

RATIONALE_INLINE void CopyRow(const float* from, int64_t count, float* to) {
  ForVec(count, [&](int64_t i, int64_t n) { StoreN(to + i, LoadN(from + i, n), n); });
}

RATIONALE_INLINE void ZeroRow(float* to, int64_t count) {
  ForVec(count, [&](int64_t i, int64_t n) { StoreN(to + i, Vec{}, n); });
}

// Rows of an item are short pieces of long rows: too short for the hardware to prefetch in time.
constexpr int64_t kAhead = 6;
RATIONALE_INLINE void PrefetchRow(const float* from, int64_t count) {
  for (int64_t i = 0; i < count; i += 16) __builtin_prefetch(from + i);
}

/// Row of key j of an item.
RATIONALE_INLINE int64_t KeyRow(const AttentionItem& item, int64_t j) {
  return j < item.prefix_length ? item.prefix_start + j : item.start + j - item.prefix_length;
}

/// Rotated queries times `factor`, [(end - begin) * group][E].
RATIONALE_INLINE void PackQueries(
    const AttentionShape& shape,
    const float* qkv,
    const float* cos,
    const float* sin,
    const AttentionItem& item,
    float factor,
    float* to) {
  const int64_t e = shape.head_size;
  const int64_t group = shape.group();
  for (int64_t p = item.begin; p < item.end; ++p) {
    const int64_t row = item.start + p;
    const float* from = qkv + row * shape.qkv_columns() + item.kv_head * group * e;
    PrefetchRow(from + kAhead * shape.qkv_columns(), group * e);
    for (int64_t r = 0; r < group; ++r, to += e)
      RotateHead(from + r * e, cos + row * e, sin + row * e, e, factor, to);
  }
}

/// limits[r] = keys seen by query row r of the item.
RATIONALE_INLINE void KeyLimits(
    const AttentionShape& shape, const AttentionItem& item, int64_t* limits) {
  const int64_t group = shape.group();
  for (int64_t p = item.begin; p < item.end; ++p) {
    const int64_t limit = item.prefix_length + (shape.causal ? p + 1 : item.length);
    for (int64_t g = 0; g < group; ++g) *limits++ = limit;
  }
}

// Score of a key that is not seen: finite, so that 2^(s - max) is an exact 0 and not a NaN.
constexpr float kUnseen = -1e30f;

/// The running softmax state of R rows of a score tile.
struct SoftmaxState {
  float* maximum;
  float* sum;
  float* rescale;  // out: what earlier outputs of the row must be multiplied by
};

/// Scores (base 2) of R rows, of which limits[r] are seen, to weights 2^(s - max), in place;
/// weights past the limit are 0 up to `width`, a multiple of W. Several rows at once: their short
/// loops have one trip count and their reductions overlap.
template <int R>
RATIONALE_INLINE void SoftmaxRows(
    float* s, int64_t stride, const int64_t* limits, int64_t width, SoftmaxState state) {
  int64_t common = limits[0];
  for (int r = 1; r < R; ++r) common = Min(common, limits[r]);
  common = common / W * W;
  Vec top[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) top[r] = Splat(state.maximum[r]);
  for (int64_t j = 0; j < common; j += W) {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) top[r] = VMax(top[r], Load(s + r * stride + j));
  }
  for (int64_t j = common; j < width; j += W) {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const IVec seen = Iota() < static_cast<int32_t>(limits[r] - j);
      const Vec masked = seen ? Load(s + r * stride + j) : Splat(kUnseen);
      Store(s + r * stride + j, masked);
      top[r] = VMax(top[r], masked);
    }
  }
  Vec shift[R];
  Vec total[R];
  float now[R];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    now[r] = HMax(top[r]);
    shift[r] = Splat(now[r]);
    total[r] = Vec{};
  }
  for (int64_t j = 0; j < width; j += W) {
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      const Vec p = Exp2(Load(s + r * stride + j) - shift[r]);
      total[r] += p;
      Store(s + r * stride + j, p);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    const float added = Sum(total[r]);
    if (state.sum[r] > 0.0f) {
      state.rescale[r] = Exp2(Splat(state.maximum[r] - now[r]))[0];
      state.sum[r] = state.sum[r] * state.rescale[r] + added;
    } else {
      state.rescale[r] = 0.0f;
      state.sum[r] = added;
    }
    state.maximum[r] = now[r];
  }
}

/// SoftmaxRows over any number of rows.
RATIONALE_INLINE void SoftmaxTile(
    float* s,
    int64_t stride,
    int64_t rows,
    const int64_t* limits,
    int64_t width,
    SoftmaxState state) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    SoftmaxRows<4>(
        s + r * stride,
        stride,
        limits + r,
        width,
        {state.maximum + r, state.sum + r, state.rescale + r});
  }
  if (rows - r == 3) {
    SoftmaxRows<3>(
        s + r * stride,
        stride,
        limits + r,
        width,
        {state.maximum + r, state.sum + r, state.rescale + r});
    return;
  }
  for (; r < rows; ++r) {
    SoftmaxRows<1>(
        s + r * stride,
        stride,
        limits + r,
        width,
        {state.maximum + r, state.sum + r, state.rescale + r});
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
