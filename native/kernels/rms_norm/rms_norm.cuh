// Root-mean-square norm of rows, optionally of x + residual: what the launchers hand to the
// kernels.
//
//   rstd_n = (mean_d x_nd^2 + eps)^-1/2,   y = x rstd w
//   dx = rstd (w dy - x rstd^2 mean_d(w dy x)) [+ dsum],   dw_d = sum_n dy_nd x_nd rstd_n
//
// All pointers: f32 on the device, dense rows. Reductions f32 in a fixed tree: deterministic.
// Moves 8 B per element forward (16 with residual), about 20 backward.
#pragma once

#include "cuda/scalar.h"

namespace rationale::cuda {

struct RmsNormParams {
  i64 rows;     // N
  i64 columns;  // D
  float eps;
  const float* x;         // [N, D]
  const float* residual;  // [N, D] or null
  const float* weight;    // [D]
  float* sum;             // [N, D] = x + residual; null without residual
  float* y;               // [N, D]
  float* rstd;            // [N]
};

struct RmsNormGradParams {
  i64 rows;
  i64 columns;
  const float* dsum;    // [N, D] or null: added to dx
  const float* dy;      // [N, D]
  const float* x;       // [N, D]: what was normalised
  const float* weight;  // [D]
  const float* rstd;    // [N]
  float* dx;            // [N, D]
  float* dweight;       // [D]
  i64 parts;            // row ranges summed apart
  float* partial;       // [parts, D]
};

constexpr int kRmsNormThreads = 256;
constexpr int kRmsNormColumns = 128;  // Columns of a block of the dweight kernels.
constexpr i64 kRmsNormParts = 64;

/// Row ranges of dweight: enough to fill a GPU, of at least 16 rows.
constexpr i64 RmsNormParts(i64 rows) {
  return rows == 0 ? 1 : CeilDiv(rows, 16) < kRmsNormParts ? CeilDiv(rows, 16) : kRmsNormParts;
}

}  // namespace rationale::cuda
