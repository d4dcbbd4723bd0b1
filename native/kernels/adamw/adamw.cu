// AdamW, one thread per parameter. Arithmetic: adamw_update.h.
#include "cuda/device.cuh"
#include "kernels/adamw/adamw.cuh"
#include "kernels/adamw/adamw_update.h"

namespace rationale::cuda {

/// One thread per parameter, kElementThreads of them.
extern "C" __global__ void adamw_kernel(AdamWParams a) {
  // Once per block: the factors take double arithmetic, which many GPUs are slow at.
  __shared__ kernels::AdamWFactors factors;
  if (threadIdx.x == 0) {
    factors = kernels::MakeAdamWFactors(a.hyper, sqrt(static_cast<double>(a.hyper[6])));
  }
  __syncthreads();
  const i64 i = GlobalThread();
  if (i >= a.count) return;
  float p = a.p[i];
  float m = a.m[i];
  float v = a.v[i];
  kernels::AdamWUpdate(factors, p, m, v, a.g[i], [](float x) { return sqrtf(x); });
  a.p_out[i] = p;
  a.m_out[i] = m;
  a.v_out[i] = v;
}

}  // namespace rationale::cuda
