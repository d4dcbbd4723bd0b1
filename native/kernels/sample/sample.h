// One token per row of logits, with its log-probability and the entropy of its distribution.
//
//   logprob, entropy: of softmax(logits / temperature) over the whole vocabulary, unfiltered and
//     unsuppressed (temperature 0: at temperature 1)
//   draw: suppressed tokens out; then top-k (ties with the k-th kept); top-p (the smallest set,
//   most
//     likely first, equal ones by lower index, whose mass reaches p of what top-k left); min-p (at
//     least min_p times the most likely). Weights e^{(l - max)/temperature} of the kept tokens are
//     summed in token order in f64; the token is the first whose running sum exceeds u times the
//     total, u = PhiloxUniform(seed, counter). temperature 0: the largest logit, lowest index
//     first.
//
// So a row's draw depends on its logits, params and key alone. logits [B,V] f32, params [B,4] =
// (temperature, top_k, top_p, min_p), keys [B,2] i64, suppressed [V] u8.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace rationale::kernels {

struct SampleParams {
  int64_t rows;   // B
  int64_t vocab;  // V
  const float* logits;
  const float* params;        // [B, 4]
  const int64_t* keys;        // [B, 2]
  const uint8_t* suppressed;  // [V]
  int32_t* token;             // [B]
  float* logprob;             // [B]
  float* entropy;             // [B]
};

/// @throws KernelError on logits that are not numbers, params out of range, or nothing left to
/// draw.
void Sample(const SampleParams& params, const Parallel& parallel, ScratchPool& pool);

/// Statistics of one row at one temperature: scores are base 2, relative sums as in LogprobStats.
struct SampleStats {
  float maximum;
  double sum;       // sum of 2^(s - max)
  double weighted;  // sum of 2^(s - max) (s - max)
};
RATIONALE_DECLARE_ISA(SampleStats SampleRowStats(const float* logits, int64_t vocab, float factor))
/// weights[v] = 2^(factor logits[v] - maximum), 0 where suppressed.
RATIONALE_DECLARE_ISA(
    void SampleRowWeights(
        const float* logits,
        const uint8_t* suppressed,
        int64_t vocab,
        float factor,
        float maximum,
        float* weights))

}  // namespace rationale::kernels
