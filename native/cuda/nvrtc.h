// NVRTC, opened at run time (libnvrtc.so of CUDA 11.2, 12 or 13; RATIONALE_NVRTC names another
// file). In: the embedded sources. Out: an image, or the compiler's log as an error.
#pragma once

#include <string>
#include <vector>

#include "cuda/driver.h"

namespace rationale::cuda {

/// "NVRTC 12.4", or "" when there is no library.
std::string NvrtcVersion();

/// @param path of the .cu among the embedded sources. @throws KernelError with the compiler's log.
std::vector<char> CompileWithNvrtc(const std::string& path, Arch arch);

}  // namespace rationale::cuda
