// Sum of squares of a tensor, [1] f32: f32 in, f64 accumulation. Deterministic: partial sums over
// ranges of fixed length, added in order.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace rationale::kernels {

double SumSquares(const float* x, int64_t count, const Parallel& parallel, ScratchPool& pool);

RATIONALE_DECLARE_ISA(double SumSquaresRange(const float* x, int64_t count))

}  // namespace rationale::kernels
