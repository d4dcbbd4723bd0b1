// Grids of the token log-probability kernels over one chunk of logits. In: Params with device
// pointers. Out: launches on the launcher's stream.
#pragma once

#include "cuda/launcher.h"
#include "kernels/token_logprob/token_logprob.cuh"

namespace rationale::cuda {

inline void TokenLogprobForward(const TokenLogprobParams& p, Launcher& launcher) {
  launcher.Start(
      "token_logprob", "token_logprob_forward_kernel", {p.rows}, kTokenLogprobThreads, p);
}

inline void TokenLogprobBackward(const TokenLogprobGradParams& p, Launcher& launcher) {
  launcher.Start(
      "token_logprob",
      "token_logprob_backward_kernel",
      {p.rows, CeilDiv(p.vocab, kTokenLogprobColumns)},
      kTokenLogprobThreads,
      p);
}

}  // namespace rationale::cuda
