// Scatter-add of rows, one block per source row and column range; only the first source row of a
// destination goes on. See scatter_add_rows.cuh.
#include "cuda/device.cuh"
#include "kernels/scatter_add_rows/scatter_add_rows.cuh"

namespace rationale::cuda {

/// Grid (N, ceil(D / kScatterColumns)), kScatterThreads.
extern "C" __global__ void scatter_add_rows_kernel(ScatterAddRowsParams p) {
  __shared__ u32 matches[kScatterThreads / kWarp];
  const i64 first = blockIdx.x;
  const i32 destination = p.index[first];
  if (destination < 0 || destination >= p.table_rows) return;

  // Is there an earlier row for this destination? Then that row's block does the work.
  for (i64 n0 = 0; n0 < first; n0 += kScatterThreads) {
    const i64 n = n0 + threadIdx.x;
    const u32 found = __ballot_sync(kAllLanes, n < first && p.index[n] == destination);
    if (Lane() == 0) matches[WarpIndex()] = found;
    __syncthreads();
    u32 any = 0;
    for (int w = 0; w < kScatterThreads / kWarp; ++w) any |= matches[w];
    if (any != 0) return;
    __syncthreads();
  }

  const i64 column0 = blockIdx.y * kScatterColumns + threadIdx.x;
  float sum[kScatterColumnsPerThread] = {};
  for (i64 n0 = first; n0 < p.count; n0 += kScatterThreads) {
    const i64 n = n0 + threadIdx.x;
    const u32 found = __ballot_sync(kAllLanes, n < p.count && p.index[n] == destination);
    __syncthreads();
    if (Lane() == 0) matches[WarpIndex()] = found;
    __syncthreads();
    for (int w = 0; w < kScatterThreads / kWarp; ++w) {
      for (u32 left = matches[w]; left != 0; left &= left - 1) {
        const i64 source = n0 + w * kWarp + __ffs(static_cast<int>(left)) - 1;
        for (int c = 0; c < kScatterColumnsPerThread; ++c) {
          const i64 column = column0 + c * kScatterThreads;
          if (column < p.columns) sum[c] += p.rows[source * p.columns + column];
        }
      }
    }
  }
  for (int c = 0; c < kScatterColumnsPerThread; ++c) {
    const i64 column = column0 + c * kScatterThreads;
    if (column < p.columns) p.out[destination * p.columns + column] = sum[c];
  }
}

}  // namespace rationale::cuda
