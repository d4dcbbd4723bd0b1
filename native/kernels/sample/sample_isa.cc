// The vector passes of sampling. See sample.h.
#include "kernels/sample/sample.h"
#include "kernels/simd/vec.h"

namespace rationale::kernels::RATIONALE_ISA_NS {
namespace {

/// Raises scores far below any that counts, so that 0 x -inf stays out of sums; NaN passes.
RATIONALE_INLINE Vec Clamped(Vec s) { return s < -200.0f ? Splat(-200.0f) : s; }

}  // namespace

SampleStats SampleRowStats(const float* logits, int64_t vocab, float factor) {
  const Vec scale = Splat(factor);
  const int64_t full = vocab / W * W;
  Vec top = Splat(-kInf);
  for (int64_t j = 0; j < full; j += W) top = VMax(top, Load(logits + j) * scale);
  float maximum = HMax(top);
  for (int64_t j = full; j < vocab; ++j) maximum = MaxF(maximum, logits[j] * factor);
  const Vec shift = Splat(maximum);
  double sum = 0.0;
  double weighted = 0.0;
  // Lanes are f32 over short runs and f64 across runs.
  constexpr int64_t kRun = 64 * W;
  for (int64_t first = 0; first < full; first += kRun) {
    const int64_t end = Min(first + kRun, full);
    Vec run{};
    Vec run_weighted{};
    for (int64_t j = first; j < end; j += W) {
      const Vec s = Clamped(Load(logits + j) * scale - shift);
      const Vec p = Exp2(s);
      run += p;
      run_weighted += p * s;
    }
    sum += SumD(run);
    weighted += SumD(run_weighted);
  }
  for (int64_t j = full; j < vocab; ++j) {
    const float s = Clamped(Splat(logits[j] * factor - maximum))[0];
    const float p = Exp2(Splat(s))[0];
    sum += p;
    weighted += static_cast<double>(p) * s;
  }
  return {maximum, sum, weighted};
}

void SampleRowWeights(
    const float* logits,
    const uint8_t* suppressed,
    int64_t vocab,
    float factor,
    float maximum,
    float* weights) {
  const Vec scale = Splat(factor);
  const Vec shift = Splat(maximum);
  ForVec(vocab, [&](int64_t j, int64_t n) {
    StoreN(weights + j, Exp2(Clamped(LoadN(logits + j, n) * scale - shift)), n);
  });
  for (int64_t j = 0; j < vocab; ++j) {
    if (suppressed[j] != 0) weights[j] = 0.0f;
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
