// Attention and its gradient in double, by the letter of the definition: the oracle of the kernel
// and the naive side of the benchmark.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/attention/attention.h"

namespace rationale::kernels::test {

template <typename Real>
struct AttentionReference {
  std::vector<Real> q, k, v;  // rotated heads: [N,H,E], [N,K,E], [N,K,E]
  std::vector<Real> out, lse, dqkv;
};

template <typename Real>
void Rotate(const Real* x, const float* cos, const float* sin, int64_t e, Real* y, bool back) {
  const int64_t half = e / 2;
  for (int64_t i = 0; i < half; ++i) {
    const Real c0 = cos[i], c1 = cos[i + half], s0 = sin[i], s1 = sin[i + half];
    const Real a = x[i], b = x[i + half];
    y[i] = back ? a * c0 + b * s1 : a * c0 - b * s0;
    y[i + half] = back ? b * c1 - a * s0 : b * c1 + a * s1;
  }
}

/// `dout` may be null (forward only).
template <typename Real>
AttentionReference<Real> NaiveAttention(
    const AttentionShape& shape,
    const float* qkv,
    const float* cos,
    const float* sin,
    const int32_t* segments,
    const float* dout) {
  const int64_t n = shape.rows, h = shape.heads, kh = shape.kv_heads, e = shape.head_size;
  const int64_t columns = shape.qkv_columns();
  AttentionReference<Real> ref;
  const auto heads_of = [&](int64_t first, int64_t count, bool rotate) {
    std::vector<Real> to(static_cast<size_t>(n * count * e));
    std::vector<Real> x(static_cast<size_t>(e));
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t a = 0; a < count; ++a) {
        for (int64_t c = 0; c < e; ++c) x[c] = qkv[i * columns + (first + a) * e + c];
        Real* y = &to[(i * count + a) * e];
        if (rotate) {
          Rotate<Real>(x.data(), cos + i * e, sin + i * e, e, y, false);
        } else {
          for (int64_t c = 0; c < e; ++c) y[c] = x[c];
        }
      }
    }
    return to;
  };
  ref.q = heads_of(0, h, true);
  ref.k = heads_of(h, kh, true);
  ref.v = heads_of(h + kh, kh, false);
  ref.out.assign(n * h * e, Real(0));
  ref.lse.assign(n * h, -INFINITY);
  std::vector<Real> dq(ref.q.size()), dk(ref.k.size()), dv(ref.v.size());
  std::vector<int64_t> keys;
  std::vector<Real> p, ds;
  for (int64_t s = 0; s < shape.segments; ++s) {
    const int32_t* seg = segments + 4 * s;
    for (int64_t i = 0; i < seg[1]; ++i) {
      const int64_t row = seg[0] + i;
      keys.clear();
      for (int64_t j = 0; j < seg[3]; ++j) keys.push_back(seg[2] + j);
      for (int64_t j = 0; j < (shape.causal ? i + 1 : seg[1]); ++j) keys.push_back(seg[0] + j);
      p.resize(keys.size());
      ds.resize(keys.size());
      for (int64_t a = 0; a < h; ++a) {
        const int64_t g = a / shape.group();
        const Real* q = &ref.q[(row * h + a) * e];
        Real top = -INFINITY;
        for (size_t j = 0; j < keys.size(); ++j) {
          Real dot = 0;
          for (int64_t c = 0; c < e; ++c) dot += q[c] * ref.k[(keys[j] * kh + g) * e + c];
          p[j] = dot * Real(shape.scale);
          top = p[j] > top ? p[j] : top;
        }
        Real sum = 0;
        for (Real& x : p) sum += x = std::exp(x - top);
        for (Real& x : p) x /= sum;
        ref.lse[row * h + a] = top + std::log(sum);
        Real* out = &ref.out[(row * h + a) * e];
        for (size_t j = 0; j < keys.size(); ++j) {
          for (int64_t c = 0; c < e; ++c) out[c] += p[j] * ref.v[(keys[j] * kh + g) * e + c];
        }
        if (dout == nullptr) continue;
        const float* d = dout + (row * h + a) * e;
        Real delta = 0;
        for (int64_t c = 0; c < e; ++c) delta += d[c] * out[c];
        for (size_t j = 0; j < keys.size(); ++j) {
          const int64_t kv = (keys[j] * kh + g) * e;
          Real dp = 0;
          for (int64_t c = 0; c < e; ++c) dp += d[c] * ref.v[kv + c];
          ds[j] = p[j] * (dp - delta) * Real(shape.scale);
          for (int64_t c = 0; c < e; ++c) {
            dv[kv + c] += p[j] * d[c];
            dq[(row * h + a) * e + c] += ds[j] * ref.k[kv + c];
            dk[kv + c] += ds[j] * q[c];
          }
        }
      }
    }
  }
  if (dout == nullptr) return ref;
  ref.dqkv.assign(n * columns, Real(0));
  for (int64_t i = 0; i < n; ++i) {
    Real* to = &ref.dqkv[i * columns];
    for (int64_t a = 0; a < h; ++a)
      Rotate<Real>(&dq[(i * h + a) * e], cos + i * e, sin + i * e, e, to + a * e, true);
    for (int64_t a = 0; a < kh; ++a) {
      Rotate<Real>(&dk[(i * kh + a) * e], cos + i * e, sin + i * e, e, to + (h + a) * e, true);
      for (int64_t c = 0; c < e; ++c) to[(h + kh + a) * e + c] = dv[(i * kh + a) * e + c];
    }
  }
  return ref;
}

}  // namespace rationale::kernels::test
