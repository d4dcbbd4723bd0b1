// AdamW over one tensor: (p, m, v, g, hyper [8]) -> (p', m', v'), outputs may be the inputs'
// memory. The update is in adamw_update.h. Bound by memory: 28 bytes per element. Elementwise, so
// trivially deterministic.
#pragma once

#include <cstdint>

#include "kernels/adamw/adamw_update.h"
#include "kernels/isa.h"
#include "kernels/parallel.h"

namespace rationale::kernels {

struct AdamWParams {
  int64_t count;
  const float* p;
  const float* m;
  const float* v;
  const float* g;
  const float* hyper;  // [8]
  float* p_out;
  float* m_out;
  float* v_out;
};

void AdamW(const AdamWParams& params, const Parallel& parallel);

RATIONALE_DECLARE_ISA(
    void AdamWRange(
        const AdamWParams& params, const AdamWFactors& factors, int64_t begin, int64_t end))

}  // namespace rationale::kernels
