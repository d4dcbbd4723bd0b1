// RMSNorm (+ residual) forward and backward: one block per row, dweight in two passes over row
// ranges. Equations, shapes and determinism: rms_norm.cuh.
#include "cuda/device.cuh"
#include "kernels/rms_norm/rms_norm.cuh"

namespace rationale::cuda {

/// Grid (N), kRmsNormThreads.
extern "C" __global__ void rms_norm_forward_kernel(RmsNormParams p) {
  __shared__ float shared[kWarp];
  const i64 row = static_cast<i64>(blockIdx.x) * p.columns;
  float squares = 0.0f;
  for (i64 d = threadIdx.x; d < p.columns; d += blockDim.x) {
    float x = p.x[row + d];
    if (p.residual != nullptr) {
      x += p.residual[row + d];
      p.sum[row + d] = x;
    }
    squares += x * x;
  }
  squares = BlockSum(squares, shared);
  const float rstd = 1.0f / sqrtf(squares / static_cast<float>(p.columns) + p.eps);
  if (threadIdx.x == 0) p.rstd[blockIdx.x] = rstd;
  // Each thread reads back only what it wrote itself.
  const float* x = p.residual != nullptr ? p.sum : p.x;
  for (i64 d = threadIdx.x; d < p.columns; d += blockDim.x) {
    p.y[row + d] = x[row + d] * rstd * p.weight[d];
  }
}

/// Grid (N), kRmsNormThreads.
extern "C" __global__ void rms_norm_backward_kernel(RmsNormGradParams p) {
  __shared__ float shared[kWarp];
  const i64 row = static_cast<i64>(blockIdx.x) * p.columns;
  float dot = 0.0f;
  for (i64 d = threadIdx.x; d < p.columns; d += blockDim.x) {
    dot += p.dy[row + d] * p.weight[d] * p.x[row + d];
  }
  dot = BlockSum(dot, shared);
  const float rstd = p.rstd[blockIdx.x];
  const float shrink = dot / static_cast<float>(p.columns) * rstd * rstd;
  for (i64 d = threadIdx.x; d < p.columns; d += blockDim.x) {
    const float dx = rstd * (p.dy[row + d] * p.weight[d] - p.x[row + d] * shrink);
    p.dx[row + d] = p.dsum != nullptr ? dx + p.dsum[row + d] : dx;
  }
}

/// Grid (ceil(D / kRmsNormColumns), parts), kRmsNormColumns: a thread sums its column over a row
/// range.
extern "C" __global__ void rms_norm_dweight_kernel(RmsNormGradParams p) {
  const i64 d = GlobalThread();
  if (d >= p.columns) return;
  const i64 part = blockIdx.y;
  const i64 end = p.rows * (part + 1) / p.parts;
  float sum = 0.0f;
  for (i64 n = p.rows * part / p.parts; n < end; ++n) {
    sum += p.dy[n * p.columns + d] * p.x[n * p.columns + d] * p.rstd[n];
  }
  p.partial[part * p.columns + d] = sum;
}

/// Grid (ceil(D / kRmsNormColumns)), kRmsNormColumns: adds the ranges in order.
extern "C" __global__ void rms_norm_dweight_sum_kernel(RmsNormGradParams p) {
  const i64 d = GlobalThread();
  if (d >= p.columns) return;
  float sum = 0.0f;
  for (i64 part = 0; part < p.parts; ++part) sum += p.partial[part * p.columns + d];
  p.dweight[d] = sum;
}

}  // namespace rationale::cuda
