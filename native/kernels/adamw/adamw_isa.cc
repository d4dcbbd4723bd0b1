// AdamW of one instruction set. See adamw.h.
#include "kernels/adamw/adamw.h"
#include "kernels/simd/vec.h"

namespace rationale::kernels::RATIONALE_ISA_NS {

void AdamWRange(
    const AdamWParams& params, const AdamWFactors& factors, int64_t begin, int64_t end) {
  const AdamWFactors f = factors;
  ForVec(end - begin, [&](int64_t offset, int64_t n) {
    const int64_t i = begin + offset;
    Vec p = LoadN(params.p + i, n);
    Vec m = LoadN(params.m + i, n);
    Vec v = LoadN(params.v + i, n);
    AdamWUpdate(
        f,
        p,
        m,
        v,
        LoadN(params.g + i, n),
        [](Vec x) { return VSqrt(x); },
        [](Vec a, Vec b) { return Divide(a, b); });
    StoreN(params.p_out + i, p, n);
    StoreN(params.m_out + i, m, n);
    StoreN(params.v_out + i, v, n);
  });
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
