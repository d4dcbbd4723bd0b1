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
    const float* x, const float* cos, const float* sin, int64_t head_size, float factor, float* to) {
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
    const float* dy, const float* cos, const float* sin, int64_t head_size, float factor, float* to) {
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

/// Row of key j of an item.
RATIONALE_INLINE int64_t KeyRow(const AttentionItem& item, int64_t j) {
  return j < item.prefix_length ? item.prefix_start + j : item.start + j - item.prefix_length;
}

/// Rotated queries times `factor`, [(end - begin) * group][E].
RATIONALE_INLINE void PackQueries(const AttentionShape& shape,
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
    for (int64_t r = 0; r < group; ++r, to += e)
      RotateHead(from + r * e, cos + row * e, sin + row * e, e, factor, to);
  }
}

/// Keys seen by the row-th query row of the item.
RATIONALE_INLINE int64_t KeyLimit(const AttentionShape& shape, const AttentionItem& item, int64_t row) {
  return item.prefix_length +
         (shape.causal ? item.begin + row / shape.group() + 1 : item.length);
}

// Score of a key that is not seen: finite, so that 2^(s - max) is an exact 0 and not a NaN.
constexpr float kUnseen = -1e30f;

/// Scores of one row (base 2, `count` of them seen) to weights 2^(s - max); weights past `count` are 0
/// up to whole vectors of `width`. Updates the running maximum and sum; returns what earlier sums
/// and outputs must be multiplied by.
RATIONALE_INLINE float SoftmaxRow(
    float* s, int64_t count, int64_t width, float& maximum, float& sum) {
  const int64_t full = count / W * W;
  const int64_t tail = count - full;
  Vec top = Splat(maximum);
  for (int64_t j = 0; j < full; j += W) top = VMax(top, Load(s + j));
  if (tail > 0) {
    const Vec masked = Iota() < static_cast<int32_t>(tail) ? Load(s + full) : Splat(kUnseen);
    Store(s + full, masked);
    top = VMax(top, masked);
  }
  const float now = HMax(top);
  const Vec shift = Splat(now);
  Vec total{};
  const int64_t end = full + (tail > 0 ? W : 0);
  for (int64_t j = 0; j < end; j += W) {
    const Vec p = Exp2(Load(s + j) - shift);
    total += p;
    Store(s + j, p);
  }
  for (int64_t j = end; j < width; j += W) Store(s + j, Vec{});
  const float rescale = sum > 0.0f ? Exp2(Splat(maximum - now))[0] : 0.0f;
  sum = sum * rescale + Sum(total);
  maximum = now;
  return rescale;
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
