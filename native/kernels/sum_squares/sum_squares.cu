// Sum of squares in two passes, see sum_squares.cuh.
#include "cuda/device.cuh"
#include "kernels/sum_squares/sum_squares.cuh"

namespace rationale::cuda {

/// Grid (parts), kSumSquaresThreads.
extern "C" __global__ void sum_squares_part_kernel(SumSquaresParams p) {
  __shared__ double shared[kWarp];
  double sum = 0.0;
  const i64 stride = p.parts * blockDim.x;
  for (i64 i = GlobalThread(); i < p.count; i += stride) {
    const double x = p.x[i];
    sum += x * x;
  }
  sum = BlockSum(sum, shared);
  if (threadIdx.x == 0) p.partial[blockIdx.x] = sum;
}

/// Grid (1), kSumSquaresThreads.
extern "C" __global__ void sum_squares_total_kernel(SumSquaresParams p) {
  __shared__ double shared[kWarp];
  double sum = 0.0;
  for (i64 i = threadIdx.x; i < p.parts; i += blockDim.x) sum += p.partial[i];
  sum = BlockSum(sum, shared);
  if (threadIdx.x == 0) p.sum[0] = static_cast<float>(sum);
}

}  // namespace rationale::cuda
