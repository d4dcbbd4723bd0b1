// RMS normalisation of one instruction set. See rms_norm.h.
#include "kernels/rms_norm/rms_norm.h"
#include "kernels/simd/vec.h"

namespace rationale::kernels::RATIONALE_ISA_NS {

void RmsNormRows(const RmsNormParams& params, int64_t begin, int64_t end) {
  const int64_t columns = params.columns;
  for (int64_t row = begin; row < end; ++row) {
    const float* x = params.x + row * columns;
    Vec squares{};
    if (params.r != nullptr) {
      const float* r = params.r + row * columns;
      float* sum = params.sum + row * columns;
      ForVec(columns, [&](int64_t i, int64_t n) {
        const Vec s = LoadN(x + i, n) + LoadN(r + i, n);
        StoreN(sum + i, s, n);
        squares += s * s;
      });
      x = sum;
    } else {
      ForVec(columns, [&](int64_t i, int64_t n) {
        const Vec s = LoadN(x + i, n);
        squares += s * s;
      });
    }
    const float mean = Sum(squares) / static_cast<float>(columns);
    const float rstd = 1.0f / __builtin_sqrtf(mean + params.eps);
    params.rstd[row] = rstd;
    float* y = params.y + row * columns;
    ForVec(columns, [&](int64_t i, int64_t n) {
      StoreN(y + i, LoadN(x + i, n) * rstd * LoadN(params.w + i, n), n);
    });
  }
}

void RmsNormGradRows(const RmsNormGradParams& params, int64_t begin, int64_t end, float* dw) {
  const int64_t columns = params.columns;
  ForVec(columns, [&](int64_t i, int64_t n) { StoreN(dw + i, Vec{}, n); });
  for (int64_t row = begin; row < end; ++row) {
    const float* x = params.x + row * columns;
    const float* dy = params.dy + row * columns;
    float* dx = params.dx + row * columns;
    const float rstd = params.rstd[row];
    Vec products{};
    ForVec(columns, [&](int64_t i, int64_t n) {
      const Vec d = LoadN(dy + i, n);
      const Vec s = LoadN(x + i, n);
      products += d * LoadN(params.w + i, n) * s;
      StoreN(dw + i, LoadN(dw + i, n) + d * s * rstd, n);
    });
    const float mean = Sum(products) / static_cast<float>(columns);
    const float slope = -rstd * rstd * rstd * mean;
    if (params.dsum != nullptr) {
      const float* dsum = params.dsum + row * columns;
      ForVec(columns, [&](int64_t i, int64_t n) {
        const Vec direct = LoadN(dy + i, n) * LoadN(params.w + i, n) * rstd;
        StoreN(dx + i, LoadN(dsum + i, n) + (direct + LoadN(x + i, n) * slope), n);
      });
    } else {
      ForVec(columns, [&](int64_t i, int64_t n) {
        const Vec direct = LoadN(dy + i, n) * LoadN(params.w + i, n) * rstd;
        StoreN(dx + i, direct + LoadN(x + i, n) * slope, n);
      });
    }
  }
}

void SumParts(const float* parts, int64_t count, int64_t columns, float* to) {
  ForVec(columns, [&](int64_t i, int64_t n) {
    Vec sum{};
    for (int64_t p = 0; p < count; ++p) sum += LoadN(parts + p * columns + i, n);
    StoreN(to + i, sum, n);
  });
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
