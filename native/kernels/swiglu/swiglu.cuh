// SwiGLU of packed gate and up columns: what the launchers hand to the kernels.
//
//   h = silu(g) u,   silu(g) = g s,  s = 1 / (1 + e^-g)
//   dg = dh u s (1 + g (1 - s)),   du = dh g s
//
// gate_up [N, 2I]: gate columns, then up columns. f32; elementwise; moves 12 B per element of h
// forward, 20 backward.
#pragma once

#include "cuda/scalar.h"

namespace rationale::cuda {

struct SwiGluParams {
  i64 rows;              // N
  i64 inner;             // I
  const float* gate_up;  // [N, 2I]
  float* h;              // [N, I]
};

struct SwiGluGradParams {
  i64 rows;
  i64 inner;
  const float* gate_up;  // [N, 2I]
  const float* dh;       // [N, I]
  float* dgate_up;       // [N, 2I]
};

}  // namespace rationale::cuda
