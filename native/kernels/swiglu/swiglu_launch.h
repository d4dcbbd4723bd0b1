// Grids of the SwiGLU kernels. In: Params with device pointers. Out: launches on the launcher's
// stream.
#pragma once

#include "cuda/launcher.h"
#include "kernels/swiglu/swiglu.cuh"

namespace rationale::cuda {

inline void SwiGluForward(const SwiGluParams& p, Launcher& launcher) {
  launcher.Start(
      "swiglu", "swiglu_forward_kernel", ElementGrid(p.rows * p.inner), kElementThreads, p);
}

inline void SwiGluBackward(const SwiGluGradParams& p, Launcher& launcher) {
  launcher.Start(
      "swiglu", "swiglu_backward_kernel", ElementGrid(p.rows * p.inner), kElementThreads, p);
}

}  // namespace rationale::cuda
