// RMS normalisation on the CPU. See rms_norm.h.
#include <algorithm>

#include "kernels/rms_norm/rms_norm.h"

namespace rationale::kernels {
namespace {

constexpr int64_t kMaxParts = 32;

int64_t Parts(int64_t rows, int64_t columns) {
  const int64_t by_work = rows * columns / 16384;
  return std::clamp<int64_t>(by_work, 1, std::clamp<int64_t>(rows, 1, kMaxParts));
}

}  // namespace

void RmsNorm(const RmsNormParams& params, const Parallel& parallel) {
  const auto rows = RATIONALE_DISPATCH(RmsNormRows);
  const int64_t parts = Parts(params.rows, params.columns);
  parallel.Run(parts, [&](int64_t t) {
    const Range range = PartOf(params.rows, parts, t);
    rows(params, range.begin, range.end);
  });
}

void RmsNormGrad(const RmsNormGradParams& params, const Parallel& parallel, ScratchPool& pool) {
  const auto rows = RATIONALE_DISPATCH(RmsNormGradRows);
  const int64_t parts = Parts(params.rows, params.columns);
  const auto dw = pool.Acquire(parts * params.columns * 4);
  parallel.Run(parts, [&](int64_t t) {
    const Range range = PartOf(params.rows, parts, t);
    rows(params, range.begin, range.end, dw.as<float>() + t * params.columns);
  });
  RATIONALE_DISPATCH(SumParts)(dw.as<float>(), parts, params.columns, params.dw);
}

}  // namespace rationale::kernels
