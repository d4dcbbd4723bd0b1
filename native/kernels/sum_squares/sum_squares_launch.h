// Grids of the sum of squares. In: Params with device pointers. Out: launches on the launcher's
// stream.
#pragma once

#include "cuda/launcher.h"
#include "kernels/sum_squares/sum_squares.cuh"

namespace rationale::cuda {

/// `p.parts` = SumSquaresParts(count) and `p.partial` its workspace.
inline void SumSquaresForward(const SumSquaresParams& p, Launcher& launcher) {
  launcher.Start("sum_squares", "sum_squares_part_kernel", {p.parts}, kSumSquaresThreads, p);
  launcher.Start("sum_squares", "sum_squares_total_kernel", {1}, kSumSquaresThreads, p);
}

}  // namespace rationale::cuda
