// Grid of the sampling kernel. In: Params with device pointers and workspace. Out: a launch on the
// launcher's stream.
#pragma once

#include "cuda/launcher.h"
#include "kernels/sample/sample.cuh"

namespace rationale::cuda {

inline void SampleForward(const SampleParams& p, Launcher& launcher) {
  launcher.Start("sample", "sample_kernel", {p.rows}, kSampleThreads, p);
}

}  // namespace rationale::cuda
