// What every .cu file is written against: the CUDA built-ins and the reductions built on them.
//
// In: nothing but the compiler (no standard header, no cudart), so the same text goes through
// NVRTC, nvcc and, under native/emulation, an ordinary C++ compiler. Reductions add in a fixed
// tree: the same numbers give the same bits on every run.
#pragma once

#if !defined(__CUDACC__)
#include "emulation/emulation.h"
#endif

#include "cuda/scalar.h"

namespace rationale::cuda {

/// The launch's dynamic shared memory, 16-byte aligned.
template <typename T>
__device__ inline T* DynamicShared() {
#if defined(__CUDACC__)
  extern __shared__ __align__(16) unsigned char rationale_dynamic_shared[];
  return reinterpret_cast<T*>(rationale_dynamic_shared);
#else
  return static_cast<T*>(emulation::DynamicSharedMemory());
#endif
}

__device__ inline float MinusInfinity() { return __int_as_float(static_cast<int>(0xff800000u)); }
__device__ inline float QuietNan() { return __int_as_float(0x7fc00000); }

__device__ inline int Lane() { return static_cast<int>(threadIdx.x) & (kWarp - 1); }
__device__ inline int WarpIndex() { return static_cast<int>(threadIdx.x) / kWarp; }

/// Sum over the lanes of a warp, in every lane.
template <typename T>
__device__ inline T WarpSum(T value) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, offset);
  }
  return value;
}

template <typename T>
__device__ inline T WarpMax(T value) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    const T other = __shfl_xor_sync(kAllLanes, value, offset);
    value = other > value ? other : value;
  }
  return value;
}

/// Sum over a block of whole warps, in every thread. `shared` holds kWarp values and may be used
/// again at once. Every thread of the block calls it.
template <typename T>
__device__ inline T BlockSum(T value, T* shared) {
  value = WarpSum(value);
  __syncthreads();  // An earlier use of `shared` has been read.
  if (Lane() == 0) shared[WarpIndex()] = value;
  __syncthreads();
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  return WarpSum(Lane() < warps ? shared[Lane()] : T(0));
}

template <typename T>
__device__ inline T BlockMax(T value, T* shared) {
  value = WarpMax(value);
  __syncthreads();
  if (Lane() == 0) shared[WarpIndex()] = value;
  __syncthreads();
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  return WarpMax(shared[Lane() < warps ? Lane() : 0]);
}

/// The element of an elementwise kernel's thread.
__device__ inline i64 GlobalThread() {
  return static_cast<i64>(blockIdx.x) * blockDim.x + threadIdx.x;
}

}  // namespace rationale::cuda
