// SwiGLU of one instruction set. See swiglu.h.
#include "kernels/simd/vec.h"
#include "kernels/swiglu/swiglu.h"

namespace rationale::kernels::RATIONALE_ISA_NS {

void SwiGluRows(const SwiGluParams& params, int64_t begin, int64_t end) {
  const int64_t columns = params.columns;
  for (int64_t row = begin; row < end; ++row) {
    const float* gate = params.gate_up + row * 2 * columns;
    float* to = params.out + row * columns;
    ForVec(columns, [&](int64_t i, int64_t n) {
      const Vec g = LoadN(gate + i, n);
      const Vec u = LoadN(gate + columns + i, n);
      StoreN(to + i, g / (Exp(-g) + 1.0f) * u, n);
    });
  }
}

void SwiGluGradRows(const SwiGluGradParams& params, int64_t begin, int64_t end) {
  const int64_t columns = params.columns;
  for (int64_t row = begin; row < end; ++row) {
    const float* gate = params.gate_up + row * 2 * columns;
    const float* dout = params.dout + row * columns;
    float* to = params.dgate_up + row * 2 * columns;
    ForVec(columns, [&](int64_t i, int64_t n) {
      const Vec g = LoadN(gate + i, n);
      const Vec u = LoadN(gate + columns + i, n);
      const Vec d = LoadN(dout + i, n);
      const Vec sigmoid = 1.0f / (Exp(-g) + 1.0f);
      const Vec silu = g * sigmoid;
      StoreN(to + i, d * u * (sigmoid + silu * (1.0f - sigmoid)), n);
      StoreN(to + columns + i, d * silu, n);
    });
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
