// One AdamW step: what the launcher hands to the kernel. The arithmetic is shared with the CPU
// kernel (adamw_update.h). f32, elementwise; outputs may be the inputs' memory; moves 28 B per
// element.
#pragma once

#include "cuda/scalar.h"

namespace rationale::cuda {

struct AdamWParams {
  i64 count;
  const float* p;
  const float* m;
  const float* v;
  const float* g;
  const float* hyper;  // [8] = lr, beta1, beta2, eps, weightDecay, 1-beta1^t, 1-beta2^t, gradScale
  float* p_out;
  float* m_out;
  float* v_out;
};

}  // namespace rationale::cuda
