// SwiGLU on the CPU. See swiglu.h.
#include <algorithm>

#include "kernels/swiglu/swiglu.h"

namespace rationale::kernels {
namespace {

int64_t Tasks(int64_t rows, int64_t columns) {
  return std::clamp<int64_t>(rows * columns / 8192, 1, std::clamp<int64_t>(rows, 1, 64));
}

}  // namespace

void SwiGlu(const SwiGluParams& params, const Parallel& parallel) {
  const auto rows = RATIONALE_DISPATCH(SwiGluRows);
  const int64_t tasks = Tasks(params.rows, params.columns);
  parallel.Run(tasks, [&](int64_t t) {
    const Range range = PartOf(params.rows, tasks, t);
    rows(params, range.begin, range.end);
  });
}

void SwiGluGrad(const SwiGluGradParams& params, const Parallel& parallel) {
  const auto rows = RATIONALE_DISPATCH(SwiGluGradRows);
  const int64_t tasks = Tasks(params.rows, params.columns);
  parallel.Run(tasks, [&](int64_t t) {
    const Range range = PartOf(params.rows, tasks, t);
    rows(params, range.begin, range.end);
  });
}

}  // namespace rationale::kernels
