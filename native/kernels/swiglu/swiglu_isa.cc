// SwiGLU of one instruction set. See swiglu.h.
#include "kernels/simd/vec.h"
#include "kernels/swiglu/swiglu.h"

namespace rationale::kernels::RATIONALE_ISA_NS {
namespace {

/// 1 + e^-x, with -x held at 80: past that a sigmoid is 0 for every use, and Divide needs a number.
RATIONALE_INLINE Vec OnePlusExp(Vec x) {
  const Vec exponent = -x;
  return Exp(exponent > 80.0f ? Splat(80.0f) : exponent) + 1.0f;
}

}  // namespace

void SwiGluRows(const SwiGluParams& params, int64_t begin, int64_t end) {
  const int64_t columns = params.columns;
  for (int64_t row = begin; row < end; ++row) {
    const float* gate = params.gate_up + row * 2 * columns;
    float* to = params.out + row * columns;
    ForVec(columns, [&](int64_t i, int64_t n) {
      const Vec g = LoadN(gate + i, n);
      const Vec u = LoadN(gate + columns + i, n);
      StoreN(to + i, Divide(g, OnePlusExp(g)) * u, n);
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
      const Vec sigmoid = Divide(Splat(1.0f), OnePlusExp(g));
      const Vec silu = g * sigmoid;
      StoreN(to + i, d * u * (sigmoid + silu * (1.0f - sigmoid)), n);
      StoreN(to + columns + i, d * silu, n);
    });
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
