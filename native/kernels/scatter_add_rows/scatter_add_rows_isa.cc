// ScatterAddRows of one instruction set. See scatter_add_rows.h.
#include "kernels/scatter_add_rows/scatter_add_rows.h"
#include "kernels/simd/vec.h"

namespace rationale::kernels::RATIONALE_ISA_NS {

void ScatterAddRow(
    const ScatterAddRowsParams& params,
    int64_t out_row,
    const int32_t* sources,
    int64_t count,
    int64_t begin,
    int64_t end) {
  float* to = params.out + out_row * params.columns;
  int64_t c = begin;
  for (; c + 4 * W <= end; c += 4 * W) {
    Vec sum[4] = {};
    for (int64_t s = 0; s < count; ++s) {
      const float* from = params.source + sources[s] * params.columns + c;
      for (int j = 0; j < 4; ++j) sum[j] += Load(from + j * W);
    }
    for (int j = 0; j < 4; ++j) Store(to + c + j * W, sum[j]);
  }
  ForVec(end - c, [&](int64_t i, int64_t n) {
    Vec sum{};
    for (int64_t s = 0; s < count; ++s)
      sum += LoadN(params.source + sources[s] * params.columns + c + i, n);
    StoreN(to + c + i, sum, n);
  });
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
