// Sampling, one block per row. Meaning: sample.h; shapes and determinism: sample.cuh.
#include "cuda/device.cuh"
#include "kernels/sample/philox.h"
#include "kernels/sample/sample.cuh"

namespace rationale::cuda {

namespace {

constexpr double kSampleLn2 = 0.69314718055994530942;
constexpr float kSampleLog2E = 1.44269504088896340736f;
constexpr float kSampleFar = -200.0f;  // In base 2: 0 as f32, and keeps 0 x -inf out of sums.

/// Memory of the block's reductions.
struct SampleShared {
  double sums[kWarp];
  float highest[kWarp];
  i64 counts[kWarp];
};

/// The tokens of a thread where order counts: [begin, end), thread after thread.
struct TokenRange {
  i64 begin;
  i64 end;
};

__device__ inline TokenRange MyTokens(i64 vocab) {
  const i64 share = CeilDiv(vocab, kSampleThreads);
  const i64 begin = threadIdx.x * share;
  const i64 end = begin + share;
  return {begin < vocab ? begin : vocab, end < vocab ? end : vocab};
}

/// Sum over the threads before this one.
template <typename T>
__device__ inline T SumBefore(T value, T* shared) {
  T running = value;
  for (int offset = 1; offset < kWarp; offset *= 2) {
    const T other = __shfl_up_sync(kAllLanes, running, offset);
    if (Lane() >= offset) running += other;
  }
  __syncthreads();
  if (Lane() == kWarp - 1) shared[WarpIndex()] = running;
  __syncthreads();
  T before = T(0);
  for (int w = 0; w < WarpIndex(); ++w) before += shared[w];
  const T earlier = __shfl_up_sync(kAllLanes, running, 1);
  return before + (Lane() == 0 ? T(0) : earlier);
}

/// The largest threshold t for which holds(t), as weight bits: weights are not negative, so their
/// bits grow with them. `holds` must be true at 0 and fall once; every thread gets the same answer
/// from it.
template <typename Holds>
__device__ inline u32 LargestBits(Holds holds) {
  u32 found = 0;
  for (u32 bit = 1u << 30; bit != 0; bit /= 2) {
    if (holds(found | bit)) found |= bit;
  }
  return found;
}

__device__ void KeepTopK(float* weights, i64 vocab, i64 k, SampleShared& shared) {
  if (k <= 0 || k >= vocab) return;
  const u32 least = LargestBits([&](u32 bits) {
    i64 count = 0;
    for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
      count += __float_as_uint(weights[v]) >= bits ? 1 : 0;
    }
    return BlockSum(count, shared.counts) >= k;
  });
  __syncthreads();
  for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
    if (__float_as_uint(weights[v]) < least) weights[v] = 0.0f;
  }
  __syncthreads();
}

/// Mass of the weights of at least (or, when `strictly`, above) `bits`.
__device__ double MassFrom(
    const float* weights, i64 vocab, u32 bits, bool strictly, SampleShared& shared) {
  double mass = 0.0;
  for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
    const u32 mine = __float_as_uint(weights[v]);
    if (mine > bits || (mine == bits && !strictly)) mass += weights[v];
  }
  return BlockSum(mass, shared.sums);
}

__device__ void KeepTopP(float* weights, i64 vocab, float top_p, SampleShared& shared) {
  if (top_p >= 1.0f) return;
  const double wanted = top_p * MassFrom(weights, vocab, 0, false, shared);
  const u32 cut = LargestBits(
      [&](u32 bits) { return MassFrom(weights, vocab, bits, false, shared) >= wanted; });
  // Of the tokens with exactly the cut's weight only as many are kept as are needed, lowest index
  // first.
  const double above = MassFrom(weights, vocab, cut, true, shared);
  const double weight = __uint_as_float(cut);
  const TokenRange mine = MyTokens(vocab);
  i64 equal = 0;
  for (i64 v = mine.begin; v < mine.end; ++v) equal += __float_as_uint(weights[v]) == cut ? 1 : 0;
  i64 rank = SumBefore(equal, shared.counts);
  __syncthreads();
  for (i64 v = mine.begin; v < mine.end; ++v) {
    const u32 bits = __float_as_uint(weights[v]);
    if (bits < cut) weights[v] = 0.0f;
    if (bits != cut) continue;
    // The token with `rank` equals before it is needed while those do not reach the mass.
    if (rank > 0 && above + weight * static_cast<double>(rank) >= wanted) weights[v] = 0.0f;
    ++rank;
  }
  __syncthreads();
}

__device__ void KeepMinP(float* weights, i64 vocab, float min_p, SampleShared& shared) {
  if (min_p <= 0.0f) return;
  float highest = 0.0f;
  for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
    highest = weights[v] > highest ? weights[v] : highest;
  }
  const float least = min_p * BlockMax(highest, shared.highest);
  for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
    if (weights[v] < least) weights[v] = 0.0f;
  }
  __syncthreads();
}

/// The first token whose running sum of weights, in token order, exceeds u times the total; -1 if
/// none.
__device__ i64 DrawToken(const float* weights, i64 vocab, double u, SampleShared& shared) {
  const TokenRange mine = MyTokens(vocab);
  double sum = 0.0;
  for (i64 v = mine.begin; v < mine.end; ++v) sum += weights[v];
  const double before = SumBefore(sum, shared.sums);
  const double wanted = u * BlockSum(sum, shared.sums);
  i64 first = vocab;  // of mine above the mark
  i64 last = -1;      // of mine that has weight
  double running = before;
  for (i64 v = mine.begin; v < mine.end && first == vocab; ++v) {
    if (weights[v] == 0.0f) continue;
    last = v;
    running += weights[v];
    if (running > wanted) first = v;
  }
  first = -BlockMax(-first, shared.counts);
  last = BlockMax(last, shared.counts);
  return first < vocab ? first : last;
}

/// The allowed token with the largest logit, lowest index first; -1 if none.
__device__ i64
BestToken(const float* logits, const u8* suppressed, i64 vocab, SampleShared& shared) {
  float highest = MinusInfinity();
  for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
    if (suppressed[v] == 0 && logits[v] > highest) highest = logits[v];
  }
  highest = BlockMax(highest, shared.highest);
  i64 best = vocab;
  for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
    if (suppressed[v] == 0 && logits[v] == highest && v < best) best = v;
  }
  best = -BlockMax(-best, shared.counts);
  return best < vocab ? best : -1;
}

__device__ inline bool IsNumber(float x) { return x - x == 0.0f; }

}  // namespace

/// Grid (B), kSampleThreads.
extern "C" __global__ void sample_kernel(SampleParams p) {
  __shared__ SampleShared shared;
  const i64 row = blockIdx.x;
  const i64 vocab = p.vocab;
  const float* logits = p.logits + row * vocab;
  float* weights = p.weights + row * vocab;
  const float temperature = p.params[4 * row];
  const float top_k = p.params[4 * row + 1];
  const float top_p = p.params[4 * row + 2];
  const float min_p = p.params[4 * row + 3];
  const bool settings = temperature >= 0.0f && IsNumber(temperature) && top_k >= 0.0f &&
                        top_p > 0.0f && top_p <= 1.0f && min_p >= 0.0f && min_p <= 1.0f;
  const float factor = kSampleLog2E / (temperature > 0.0f ? temperature : 1.0f);

  float highest = MinusInfinity();
  for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
    const float score = factor * logits[v];
    highest = score > highest ? score : highest;
  }
  highest = BlockMax(highest, shared.highest);
  double sum = 0.0;
  double weighted = 0.0;
  i64 broken = 0;
  for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
    // A logit of -inf is a token that cannot be; NaN and +inf break the row.
    broken += logits[v] != logits[v] || logits[v] == -MinusInfinity() ? 1 : 0;
    const float score = factor * logits[v] - highest;
    const float below = score > kSampleFar ? score : kSampleFar;
    const double weight = exp2f(below);
    sum += weight;
    weighted += weight * below;
  }
  sum = BlockSum(sum, shared.sums);
  weighted = BlockSum(weighted, shared.sums);
  broken = BlockSum(broken, shared.counts);
  const i64 best = BestToken(logits, p.suppressed, vocab, shared);
  i64 token = best;
  if (!settings || broken != 0 || best < 0 || !IsNumber(logits[best]) || !IsNumber(highest)) {
    token = -1;
  } else if (temperature > 0.0f) {
    // Relative to the best allowed token, so that suppressed giants do not push the rest to 0.
    const float shift = factor * logits[best];
    for (i64 v = threadIdx.x; v < vocab; v += kSampleThreads) {
      const float score = factor * logits[v] - shift;
      const float below = score > kSampleFar ? score : kSampleFar;
      weights[v] = p.suppressed[v] == 0 ? exp2f(below) : 0.0f;
    }
    __syncthreads();
    KeepTopK(weights, vocab, static_cast<i64>(top_k), shared);
    KeepTopP(weights, vocab, top_p, shared);
    KeepMinP(weights, vocab, min_p, shared);
    const double u = kernels::PhiloxUniform(
        static_cast<u64>(p.keys[2 * row]), static_cast<u64>(p.keys[2 * row + 1]));
    token = DrawToken(weights, vocab, u, shared);
  }
  if (threadIdx.x != 0) return;
  const double log_sum = log2(sum);
  p.token[row] = static_cast<i32>(token);
  p.entropy[row] =
      token < 0 ? QuietNan() : static_cast<float>((log_sum - weighted / sum) * kSampleLn2);
  p.logprob[row] =
      token < 0
          ? QuietNan()
          : static_cast<float>(
                (static_cast<double>(factor) * logits[token] - highest - log_sum) * kSampleLn2);
}

}  // namespace rationale::cuda
