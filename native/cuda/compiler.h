// From the embedded source of a kernel module to a loadable image for one GPU.
//
// In: a module's name ("rms_norm" is kernels/rms_norm/rms_norm.cu) and a compute capability. Out: a
// cubin (or PTX, when the compiler does not know the GPU yet), from the cache folder if it is
// there, else from NVRTC, else from nvcc, and put into the cache. The cache key is a hash of all
// embedded sources, so an image never outlives the text it was made from.
#pragma once

#include <string>
#include <vector>

#include "cuda/driver.h"

namespace rationale::cuda {

struct Image {
  std::vector<char> bytes;  ///< Ends with a 0, as PTX must.
  bool cached = false;
};

/// @param fresh compiles even when the cache has it (a cached image that does not load).
/// @throws KernelError with the compiler's log, or saying which compilers were looked for.
Image MakeImage(const std::string& module, Arch arch, bool fresh = false);

/// The compiler that would be used: "NVRTC 12.4", "/usr/local/bin/nvcc", or "" when there is none.
std::string FindCompiler();

/// $RATIONALE_KERNEL_CACHE, or rationale/kernels in the user's cache folder; "" when there is no
/// home.
std::string CacheFolder();

}  // namespace rationale::cuda
