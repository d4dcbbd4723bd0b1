// SumSquares of one instruction set. See sum_squares.h.
#include "kernels/simd/vec.h"
#include "kernels/sum_squares/sum_squares.h"

namespace rationale::kernels::RATIONALE_ISA_NS {

double SumSquaresRange(const float* x, int64_t count) {
  DVec sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * W <= count; i += 4 * W) {
    for (int j = 0; j < 4; ++j) {
      const DVec v = __builtin_convertvector(Load(x + i + j * W), DVec);
      sums[j] += v * v;
    }
  }
  const DVec total = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  double sum = 0.0;
  for (int64_t lane = 0; lane < W; ++lane) sum += total[lane];
  for (; i < count; ++i) sum += static_cast<double>(x[i]) * x[i];
  return sum;
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
