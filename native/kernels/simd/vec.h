// Vectors of f32 for one instruction set.
//
// In: RATIONALE_ISA_NS (portable, avx2, avx512), set by the build for each *_isa.cc. Out: `Vec`,
// its width W, loads and stores with tails, reductions, 2^x, e^x and ln x. Everything lives in the
// namespace of the instruction set and is inlined, so no symbol of one level can be linked into
// another. Compiler vector extensions, not intrinsics, unless an instruction has no such spelling.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define RATIONALE_INLINE static inline __attribute__((always_inline))

namespace rationale::kernels::RATIONALE_ISA_NS {

#if defined(__AVX512F__)
constexpr int64_t W = 16;
#elif defined(__AVX2__)
constexpr int64_t W = 8;
#else
constexpr int64_t W = 4;
#endif

typedef float Vec __attribute__((vector_size(W * 4)));
typedef float VecU __attribute__((vector_size(W * 4), aligned(4), may_alias));
typedef int32_t IVec __attribute__((vector_size(W * 4)));
typedef uint32_t UVec __attribute__((vector_size(W * 4)));
typedef double DVec __attribute__((vector_size(W * 8)));

constexpr float kLog2E = 1.44269504088896340736f;
constexpr float kLn2 = 0.69314718055994530942f;
constexpr float kInf = __builtin_huge_valf();
constexpr float kMagic = 12582912.0f;  // 1.5 * 2^23: adding it leaves no bits for a fraction

RATIONALE_INLINE constexpr int64_t RoundUp(int64_t n, int64_t step) {
  return (n + step - 1) / step * step;
}
RATIONALE_INLINE int64_t Min(int64_t a, int64_t b) { return a < b ? a : b; }
RATIONALE_INLINE int64_t Max(int64_t a, int64_t b) { return a > b ? a : b; }
RATIONALE_INLINE float MaxF(float a, float b) { return a > b ? a : b; }

RATIONALE_INLINE Vec Splat(float x) { return x - Vec{}; }
RATIONALE_INLINE Vec Load(const float* p) { return *reinterpret_cast<const VecU*>(p); }
RATIONALE_INLINE void Store(float* p, Vec v) { *reinterpret_cast<VecU*>(p) = v; }

RATIONALE_INLINE IVec Iota() {
  IVec r;
  for (int i = 0; i < W; ++i) r[i] = i;
  return r;
}

/// Loads n < W values, the rest is 0. Never reads past p + n.
RATIONALE_INLINE Vec LoadTail(const float* p, int64_t n) {
#if defined(__AVX512F__)
  return (Vec)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << n) - 1), p);
#elif defined(__AVX2__)
  return (Vec)_mm256_maskload_ps(p, (__m256i)(Iota() < static_cast<int32_t>(n)));
#else
  Vec r{};
  std::memcpy(&r, p, static_cast<size_t>(n) * 4);
  return r;
#endif
}
RATIONALE_INLINE void StoreTail(float* p, Vec v, int64_t n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << n) - 1), (__m512)v);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(p, (__m256i)(Iota() < static_cast<int32_t>(n)), (__m256)v);
#else
  std::memcpy(p, &v, static_cast<size_t>(n) * 4);
#endif
}

RATIONALE_INLINE Vec VMax(Vec a, Vec b) { return a > b ? a : b; }
RATIONALE_INLINE Vec VMin(Vec a, Vec b) { return a < b ? a : b; }

/// Lane l takes lane l ^ S.
template <int S, size_t... L>
RATIONALE_INLINE Vec SwapLanes(Vec v, std::index_sequence<L...>) {
  return __builtin_shufflevector(v, v, static_cast<int>(L ^ S)...);
}

// Reductions fold halves: the order depends on W only, so a level always gives the same bits.
RATIONALE_INLINE float Sum(Vec v) {
  using Lanes = std::make_index_sequence<W>;
  if constexpr (W >= 16) v += SwapLanes<8>(v, Lanes());
  if constexpr (W >= 8) v += SwapLanes<4>(v, Lanes());
  v += SwapLanes<2>(v, Lanes());
  v += SwapLanes<1>(v, Lanes());
  return v[0];
}
RATIONALE_INLINE float HMax(Vec v) {
  using Lanes = std::make_index_sequence<W>;
  if constexpr (W >= 16) v = VMax(v, SwapLanes<8>(v, Lanes()));
  if constexpr (W >= 8) v = VMax(v, SwapLanes<4>(v, Lanes()));
  v = VMax(v, SwapLanes<2>(v, Lanes()));
  v = VMax(v, SwapLanes<1>(v, Lanes()));
  return v[0];
}
RATIONALE_INLINE double SumD(Vec v) {
  double total = 0;
  for (int64_t i = 0; i < W; ++i) total += static_cast<double>(v[i]);
  return total;
}

RATIONALE_INLINE Vec VSqrt(Vec v) {
#if defined(__AVX512F__)
  return (Vec)_mm512_sqrt_ps((__m512)v);
#elif defined(__AVX2__)
  return (Vec)_mm256_sqrt_ps((__m256)v);
#else
  for (int64_t i = 0; i < W; ++i) v[i] = __builtin_sqrtf(v[i]);
  return v;
#endif
}

/// a / b within 1 ulp for normal, finite b whose inverse is normal (a zero or infinite b gives
/// NaN). The divider takes as long as moving the operands from memory; a reciprocal estimate does
/// not.
RATIONALE_INLINE Vec Divide(Vec a, Vec b) {
#if defined(__AVX512F__)
  Vec r = (Vec)_mm512_rcp14_ps((__m512)b);
  r += r * (1.0f - b * r);
  const Vec q = a * r;
  return q + r * (a - b * q);
#else
  return a / b;
#endif
}

/// 2^x to about 1 ulp; 0 below -126 (no denormals), +inf above 128; NaN stays NaN.
/// Degree-6 minimax polynomial of 2^f on [-1/2, 1/2], fitted here.
RATIONALE_INLINE Vec Exp2(Vec x) {
#if defined(__AVX512F__)
  const Vec n = (Vec)_mm512_roundscale_ps((__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
  // Rounds to the nearest integer by pushing the fraction out of the mantissa.
  x = x < -150.0f ? Splat(-150.0f) : x;
  x = x > 150.0f ? Splat(150.0f) : x;
  const Vec n = (x + kMagic) - kMagic;
#endif
  const Vec f = x - n;
  Vec p = Splat(1.5353361588e-4f);
  p = p * f + 1.3398874515e-3f;
  p = p * f + 9.6184373598e-3f;
  p = p * f + 5.5503324708e-2f;
  p = p * f + 2.4022647914e-1f;
  p = p * f + 6.9314720286e-1f;
  p = p * f + 1.0f;
#if defined(__AVX512F__)
  return (Vec)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
  // Unsigned: lanes that are replaced below may wrap around.
  const UVec exponent = (UVec) __builtin_convertvector(n, IVec);
  Vec scaled = (Vec)((UVec)p + (exponent << 23));
  scaled = n < -126.0f ? Vec{} : scaled;
  scaled = n > 127.0f ? Splat(kInf) : scaled;
  return x != x ? x : scaled;
#endif
}

/// e^x, relative error below 2e-7 (the reduction is done in two parts so that large |x| keeps it).
RATIONALE_INLINE Vec Exp(Vec x) {
#if defined(__AVX512F__)
  const Vec n = (Vec)_mm512_roundscale_ps(
      (__m512)(x * kLog2E), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
  x = x < -104.0f ? Splat(-104.0f) : x;
  x = x > 104.0f ? Splat(104.0f) : x;
  const Vec n = (x * kLog2E + kMagic) - kMagic;
#endif
  // ln 2 = kHigh + kLow, kHigh with few enough bits that n * kHigh is exact.
  constexpr float kHigh = 0.693359375f;
  constexpr float kLow = -2.12194440e-4f;
  const Vec r = (x - n * kHigh) - n * kLow;
  Vec p = Splat(1.0f / 720);
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
#if defined(__AVX512F__)
  return (Vec)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
  // Unsigned: lanes that are replaced below may wrap around.
  const UVec exponent = (UVec) __builtin_convertvector(n, IVec);
  Vec scaled = (Vec)((UVec)p + (exponent << 23));
  scaled = n < -126.0f ? Vec{} : scaled;
  scaled = n > 127.0f ? Splat(kInf) : scaled;
  return x != x ? x : scaled;
#endif
}

/// ln x of positive normal numbers to about 1 ulp: x = 2^n (1 + f), 1 + f in [sqrt(1/2), sqrt 2),
/// and ln(1 + f) = f - f^2/2 + f^3 P(f), P fitted here.
RATIONALE_INLINE Vec Log(Vec x) {
  constexpr uint32_t kSqrtHalf = 0x3f3504f3;
  const IVec n = (IVec)((UVec)x - kSqrtHalf) >> 23;
  const Vec f = (Vec)((UVec)x - ((UVec)n << 23)) - 1.0f;
  Vec p = Splat(6.7466361928e-2f);
  p = p * f - 1.1675650655e-1f;
  p = p * f + 1.1888163621e-1f;
  p = p * f - 1.2405589195e-1f;
  p = p * f + 1.4219552202e-1f;
  p = p * f - 1.6667995833e-1f;
  p = p * f + 2.0002118667e-1f;
  p = p * f - 2.5000009600e-1f;
  p = p * f + 3.3333312604e-1f;
  const Vec square = f * f;
  return (f - 0.5f * square + square * f * p) + __builtin_convertvector(n, Vec) * kLn2;
}

/// Element access past the vector form: body(i, n) gets n = W except at the end.
template <typename Body>
RATIONALE_INLINE void ForVec(int64_t count, Body&& body) {
  int64_t i = 0;
  for (; i + W <= count; i += W) body(i, W);
  if (i < count) body(i, count - i);
}
RATIONALE_INLINE Vec LoadN(const float* p, int64_t n) { return n >= W ? Load(p) : LoadTail(p, n); }
RATIONALE_INLINE void StoreN(float* p, Vec v, int64_t n) {
  if (n >= W) {
    Store(p, v);
  } else {
    StoreTail(p, v, n);
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
