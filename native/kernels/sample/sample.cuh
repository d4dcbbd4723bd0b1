// One token per row of logits, with its log-probability and the entropy of its distribution: what
// the launcher hands to the kernel. The meaning, to the letter, is that of sample.h; the generator
// is shared.
//
// Thresholds are found by bisection over the bits of the weights: exact, and without atomics. Sums
// f64 in a fixed tree: deterministic. A row that cannot be drawn from (logits that are not numbers,
// settings out of range, nothing left) gives token -1 and NaN: it cannot be refused without waiting
// for the GPU.
#pragma once

#include "cuda/scalar.h"

namespace rationale::cuda {

struct SampleParams {
  i64 rows;              // B
  i64 vocab;             // V
  const float* logits;   // [B, V]
  const float* params;   // [B, 4]: temperature, top_k, top_p, min_p
  const i64* keys;       // [B, 2]: seed, counter
  const u8* suppressed;  // [V]
  float* weights;        // [B, V] workspace
  i32* token;            // [B]
  float* logprob;        // [B]
  float* entropy;        // [B]
};

constexpr int kSampleThreads = 512;

}  // namespace rationale::cuda
