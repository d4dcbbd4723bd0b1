// SumSquares on the CPU. See sum_squares.h.
#include <algorithm>

#include "kernels/sum_squares/sum_squares.h"

namespace rationale::kernels {

double SumSquares(const float* x, int64_t count, const Parallel& parallel, ScratchPool& pool) {
  constexpr int64_t kPart = 65536;
  const auto range_sum = RATIONALE_DISPATCH(SumSquaresRange);
  const int64_t parts = std::max<int64_t>(1, (count + kPart - 1) / kPart);
  const auto sums = pool.Acquire(parts * 8);
  parallel.Run(parts, [&](int64_t t) {
    sums.as<double>()[t] = range_sum(x + t * kPart, std::min(kPart, count - t * kPart));
  });
  double total = 0.0;
  for (int64_t t = 0; t < parts; ++t) total += sums.as<double>()[t];
  return total;
}

}  // namespace rationale::kernels
