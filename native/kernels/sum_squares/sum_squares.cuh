// sum_i x_i^2 in double, for the gradient norm: what the launcher hands to the kernels.
// Cut by shape only and added in a fixed order: deterministic. Moves 4 B per element.
#pragma once

#include "cuda/scalar.h"

namespace rationale::cuda {

struct SumSquaresParams {
  i64 count;
  const float* x;
  i64 parts;
  double* partial;  // [parts]
  float* sum;       // [1]
};

constexpr int kSumSquaresThreads = 256;
constexpr i64 kSumSquaresParts = 512;

constexpr i64 SumSquaresParts(i64 count) {
  const i64 wanted = CeilDiv(count, kSumSquaresThreads * 8);
  return wanted < 1 ? 1 : wanted < kSumSquaresParts ? wanted : kSumSquaresParts;
}

}  // namespace rationale::cuda
