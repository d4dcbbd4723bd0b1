// Grid of the AdamW kernel. In: Params with device pointers. Out: a launch on the launcher's
// stream.
#pragma once

#include "cuda/launcher.h"
#include "kernels/adamw/adamw.cuh"

namespace rationale::cuda {

inline void AdamWStep(const AdamWParams& p, Launcher& launcher) {
  launcher.Start("adamw", "adamw_kernel", ElementGrid(p.count), kElementThreads, p);
}

}  // namespace rationale::cuda
