// SwiGLU forward and backward, one thread per element of h. Equations and shapes: swiglu.cuh.
#include "cuda/device.cuh"
#include "kernels/swiglu/swiglu.cuh"

namespace rationale::cuda {

extern "C" __global__ void swiglu_forward_kernel(SwiGluParams p) {
  const i64 i = GlobalThread();
  if (i >= p.rows * p.inner) return;
  const i64 at = i / p.inner * 2 * p.inner + i % p.inner;
  const float gate = p.gate_up[at];
  p.h[i] = gate / (1.0f + expf(-gate)) * p.gate_up[at + p.inner];
}

extern "C" __global__ void swiglu_backward_kernel(SwiGluGradParams p) {
  const i64 i = GlobalThread();
  if (i >= p.rows * p.inner) return;
  const i64 at = i / p.inner * 2 * p.inner + i % p.inner;
  const float gate = p.gate_up[at];
  const float up = p.gate_up[at + p.inner];
  const float s = 1.0f / (1.0f + expf(-gate));
  const float dh = p.dh[i];
  p.dgate_up[at] = dh * up * s * (1.0f + gate * (1.0f - s));
  p.dgate_up[at + p.inner] = dh * gate * s;
}

}  // namespace rationale::cuda
