// AdamW on the CPU. See adamw.h.
#include <algorithm>
#include <cmath>

#include "kernels/adamw/adamw.h"

namespace rationale::kernels {

void AdamW(const AdamWParams& params, const Parallel& parallel) {
  constexpr int64_t kGrain = 32768;
  const auto update = RATIONALE_DISPATCH(AdamWRange);
  const AdamWFactors factors =
      MakeAdamWFactors(params.hyper, std::sqrt(static_cast<double>(params.hyper[6])));
  const int64_t tasks = std::clamp<int64_t>(params.count / kGrain, 1, 64);
  parallel.Run(tasks, [&](int64_t t) {
    const Range range = PartOf(params.count, tasks, t, 64);
    update(params, factors, range.begin, range.end);
  });
}

}  // namespace rationale::kernels
