// RMS normalisation of rows, optionally of a sum, and the gradients.
//   s = x + r (AddRmsNorm) or x;  rstd = 1 / sqrt(mean(s^2) + eps);  y = s rstd w
//   dx = rstd (dy w - s rstd^2 mean(dy w s)) [+ dsum];  dw = sum over rows of dy s rstd
// x, r, y [N,D], w [D], rstd [N]. Row sums f32 in vector lanes. dw: partial sums over a number of
// row ranges that depends on N alone, added in order; deterministic. Bound by memory.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace rationale::kernels {

struct RmsNormParams {
  int64_t rows;     // N
  int64_t columns;  // D
  float eps;
  const float* x;
  const float* r;  // null: plain RmsNorm
  const float* w;
  float* sum;  // null: plain RmsNorm
  float* y;
  float* rstd;
};
struct RmsNormGradParams {
  int64_t rows;
  int64_t columns;
  const float* dsum;  // null: plain RmsNorm
  const float* dy;
  const float* x;  // the normalised rows: x, or the sum
  const float* w;
  const float* rstd;
  float* dx;
  float* dw;
};

void RmsNorm(const RmsNormParams& params, const Parallel& parallel);
void RmsNormGrad(const RmsNormGradParams& params, const Parallel& parallel, ScratchPool& pool);

RATIONALE_DECLARE_ISA(void RmsNormRows(const RmsNormParams& params, int64_t begin, int64_t end))
/// dx of the rows; their dw into `dw` [D].
RATIONALE_DECLARE_ISA(
    void RmsNormGradRows(const RmsNormGradParams& params, int64_t begin, int64_t end, float* dw))
/// to = sum of parts [count][columns], in order.
RATIONALE_DECLARE_ISA(void SumParts(const float* parts, int64_t count, int64_t columns, float* to))

}  // namespace rationale::kernels
