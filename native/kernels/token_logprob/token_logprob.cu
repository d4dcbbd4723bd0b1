// Token log-probability over a chunk of logits: one block per row forward, a block per row and
// column range backward. Equations and shapes: token_logprob.cuh.
#include "cuda/device.cuh"
#include "kernels/token_logprob/token_logprob.cuh"

namespace rationale::cuda {

/// Grid (rows), kTokenLogprobThreads.
extern "C" __global__ void token_logprob_forward_kernel(TokenLogprobParams p) {
  __shared__ float shared[kWarp];
  const i64 row = blockIdx.x;
  const float* logits = p.logits + row * p.vocab;
  const float scale = p.inv_temperature[0];
  float highest = MinusInfinity();
  for (i64 v = threadIdx.x; v < p.vocab; v += kTokenLogprobThreads) {
    const float s = scale * logits[v];
    highest = s > highest ? s : highest;
  }
  highest = BlockMax(highest, shared);
  float sum = 0.0f;
  float weighted = 0.0f;
  for (i64 v = threadIdx.x; v < p.vocab; v += kTokenLogprobThreads) {
    const float below = scale * logits[v] - highest;
    const float weight = expf(below);
    sum += weight;
    // 0 times -inf: a logit of -inf has no share in the entropy.
    weighted += weight > 0.0f ? weight * below : 0.0f;
  }
  sum = BlockSum(sum, shared);
  weighted = BlockSum(weighted, shared);
  if (threadIdx.x != 0) return;
  const i32 target = p.targets[row];
  const bool valid = target >= 0 && target < p.vocab;
  const float log_sum = logf(sum);
  p.lse[row] = highest + log_sum;
  p.entropy[row] = log_sum - weighted / sum;
  p.logprob[row] = valid ? scale * logits[target] - highest - log_sum : QuietNan();
}

/// Grid (rows, ceil(V / kTokenLogprobColumns)), kTokenLogprobThreads.
extern "C" __global__ void token_logprob_backward_kernel(TokenLogprobGradParams p) {
  const i64 row = blockIdx.x;
  float* logits = p.logits + row * p.vocab;
  const float scale = p.inv_temperature[0];
  const float lse = p.lse[row];
  const float entropy = p.entropy[row];
  const float dlogprob = p.dlogprob[row];
  const float dentropy = p.dentropy[row];
  const i32 target = p.targets[row];
  const i64 begin = blockIdx.y * kTokenLogprobColumns;
  const i64 end = begin + kTokenLogprobColumns < p.vocab ? begin + kTokenLogprobColumns : p.vocab;
  for (i64 v = begin + threadIdx.x; v < end; v += kTokenLogprobThreads) {
    const float log_p = scale * logits[v] - lse;
    const float probability = expf(log_p);
    const float surprise = probability > 0.0f ? probability * (log_p + entropy) : 0.0f;
    const float hit = v == target ? 1.0f : 0.0f;
    logits[v] = scale * (dlogprob * (hit - probability) - dentropy * surprise);
  }
}

}  // namespace rationale::cuda
