// Marks arithmetic that the CPU and the CUDA kernels share.
#pragma once

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)
#define RATIONALE_HD __host__ __device__ __forceinline__
#else
#define RATIONALE_HD inline
#endif
