// SwiGLU and its gradient: gate_up [N, 2I] = (gate, up) side by side.
//   h = silu(gate) up,  silu(x) = x sigmoid(x)
//   dgate = dh up sigmoid(gate) (1 + gate (1 - sigmoid(gate)));  dup = dh silu(gate)
// Elementwise, bound by memory: 12 (forward) and 20 (backward) bytes per element of h.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/parallel.h"

namespace rationale::kernels {

struct SwiGluParams {
  int64_t rows;     // N
  int64_t columns;  // I
  const float* gate_up;
  float* out;  // [N, I]
};
struct SwiGluGradParams {
  int64_t rows;
  int64_t columns;
  const float* gate_up;
  const float* dout;  // [N, I]
  float* dgate_up;    // [N, 2I]
};

void SwiGlu(const SwiGluParams& params, const Parallel& parallel);
void SwiGluGrad(const SwiGluGradParams& params, const Parallel& parallel);

RATIONALE_DECLARE_ISA(void SwiGluRows(const SwiGluParams& params, int64_t begin, int64_t end))
RATIONALE_DECLARE_ISA(
    void SwiGluGradRows(const SwiGluGradParams& params, int64_t begin, int64_t end))

}  // namespace rationale::kernels
