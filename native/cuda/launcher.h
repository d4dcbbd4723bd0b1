// How host code starts kernels without knowing who runs them: the CUDA driver (driver_launcher.h)
// or the CPU emulation of the tests (native/emulation). Everything goes onto one stream, in order;
// nothing waits. A kernel takes exactly one argument, its Params struct, by value.
#pragma once

#include <cstddef>

#include "cuda/scalar.h"

namespace rationale::cuda {

struct Grid {
  i64 x = 1;
  i64 y = 1;
  i64 z = 1;
};

struct Launch {
  const char* module;  ///< The .cu file without its ending: "rms_norm".
  const char* kernel;  ///< The extern "C" name in it.
  Grid grid;
  int threads;  ///< Per block; a multiple of 32.
  i64 shared_bytes = 0;
  const void* params;
  size_t params_bytes;
};

class Launcher {
 public:
  virtual ~Launcher() = default;
  /// @throws KernelError when the kernel cannot be compiled, loaded or launched.
  virtual void Run(const Launch& launch) = 0;
  virtual void Copy(void* to, const void* from, i64 bytes) = 0;
  virtual void Clear(void* to, i64 bytes) = 0;

  /// Nothing is launched for an empty grid.
  template <typename Params>
  void Start(
      const char* module,
      const char* kernel,
      Grid grid,
      int threads,
      const Params& params,
      i64 shared_bytes = 0) {
    if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
    Run({module, kernel, grid, threads, shared_bytes, &params, sizeof(Params)});
  }
};

/// Threads of elementwise kernels, one element each.
constexpr int kElementThreads = 256;
constexpr Grid ElementGrid(i64 count) { return {CeilDiv(count, kElementThreads), 1, 1}; }

}  // namespace rationale::cuda
