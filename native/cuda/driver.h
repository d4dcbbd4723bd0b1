// The part of the CUDA driver API that launches kernels, from libcuda.so.1 opened at run time:
// nothing is linked, and neither cudart nor a CUDA header is needed. The numbers and signatures
// below are the driver's stable ABI (64-bit addresses). RATIONALE_LIBCUDA names another file
// (tests).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace rationale::cuda {

/// Compute capability, 80 for 8.0.
using Arch = int;

struct Driver {
  using Handle = void*;  // CUcontext, CUmodule, CUfunction, CUstream

  int (*Init)(unsigned) = nullptr;
  int (*CtxGetCurrent)(Handle*) = nullptr;
  int (*CtxSetCurrent)(Handle) = nullptr;
  int (*CtxGetDevice)(int*) = nullptr;
  int (*StreamGetCtx)(Handle stream, Handle* context) = nullptr;
  int (*DeviceGetAttribute)(int* value, int attribute, int device) = nullptr;
  int (*ModuleLoadData)(Handle* module, const void* image) = nullptr;
  int (*ModuleGetFunction)(Handle* function, Handle module, const char* name) = nullptr;
  int (*FuncSetAttribute)(Handle function, int attribute, int value) = nullptr;
  int (*LaunchKernel)(
      Handle function,
      unsigned grid_x,
      unsigned grid_y,
      unsigned grid_z,
      unsigned block_x,
      unsigned block_y,
      unsigned block_z,
      unsigned shared_bytes,
      Handle stream,
      void** params,
      void** extra) = nullptr;
  int (*MemcpyDtoDAsync)(uint64_t to, uint64_t from, size_t bytes, Handle stream) = nullptr;
  int (*MemsetD8Async)(uint64_t to, unsigned char byte, size_t count, Handle stream) = nullptr;
  int (*GetErrorString)(int, const char**) = nullptr;

  /// Opens the library on first use. @throws KernelError when there is no usable driver.
  static const Driver& Get();
  /// What a result code means.
  std::string Text(int result) const;
  /// @throws KernelError naming `call` unless `result` is success.
  void Check(int result, const char* call) const;
};

constexpr int kDriverSuccess = 0;
constexpr int kAttributeComputeMajor = 75;
constexpr int kAttributeComputeMinor = 76;
constexpr int kAttributeMaxSharedOptIn = 97;
constexpr int kFunctionMaxDynamicShared = 8;

}  // namespace rationale::cuda
