// Grids of the RMSNorm kernels. In: Params with device pointers. Out: launches on the launcher's
// stream.
#pragma once

#include "cuda/launcher.h"
#include "kernels/rms_norm/rms_norm.cuh"

namespace rationale::cuda {

inline void RmsNormForward(const RmsNormParams& p, Launcher& launcher) {
  launcher.Start("rms_norm", "rms_norm_forward_kernel", {p.rows}, kRmsNormThreads, p);
}

/// `p.parts` = RmsNormParts(rows) and `p.partial` its workspace.
inline void RmsNormBackward(const RmsNormGradParams& p, Launcher& launcher) {
  const i64 blocks = CeilDiv(p.columns, kRmsNormColumns);
  launcher.Start("rms_norm", "rms_norm_backward_kernel", {p.rows}, kRmsNormThreads, p);
  launcher.Start("rms_norm", "rms_norm_dweight_kernel", {blocks, p.parts}, kRmsNormColumns, p);
  launcher.Start("rms_norm", "rms_norm_dweight_sum_kernel", {blocks}, kRmsNormColumns, p);
}

}  // namespace rationale::cuda
