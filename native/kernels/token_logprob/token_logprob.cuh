// Log-probability and entropy of given tokens from a chunk of logits, and the gradient with respect
// to those logits: what the launchers hand to the kernels. The products with the head's weight are
// the runtime's own GEMM (token_logprob_cuda.cc), so only a chunk of rows of logits ever exists.
//
//   s = inv_temperature logits;  lse = ln sum_v e^{s_v};  p = e^{s - lse}
//   logprob = s_target - lse;  entropy = lse - sum_v p_v s_v          (nats)
//   dlogits_v = inv_temperature (dlogprob (1[v = target] - p_v) - dentropy p_v (ln p_v + entropy))
//
// f32, sums in a fixed tree: deterministic. Forward reads the logits twice, backward reads and
// writes them once. A target outside [0, V) gives a NaN log-probability.
#pragma once

#include "cuda/scalar.h"

namespace rationale::cuda {

struct TokenLogprobParams {
  i64 rows;                      // of the chunk
  i64 vocab;                     // V
  const float* logits;           // [rows, V]
  const float* inv_temperature;  // [1]
  const i32* targets;            // [rows]
  float* logprob;                // [rows]
  float* entropy;                // [rows]
  float* lse;                    // [rows]
};

struct TokenLogprobGradParams {
  i64 rows;
  i64 vocab;
  float* logits;                 // [rows, V] in, dlogits out
  const float* inv_temperature;  // [1]
  const i32* targets;            // [rows]
  const float* entropy;          // [rows]
  const float* lse;              // [rows]
  const float* dlogprob;         // [rows]
  const float* dentropy;         // [rows]
};

constexpr int kTokenLogprobThreads = 512;
/// Columns of a block of the backward kernel.
constexpr i64 kTokenLogprobColumns = 4096;
/// Rows of a chunk whose logits may take `bytes`.
constexpr i64 TokenLogprobRows(i64 rows, i64 vocab, i64 bytes) {
  const i64 most = bytes / (4 * vocab);
  return rows < most ? rows : most < 1 ? 1 : most;
}

}  // namespace rationale::cuda
