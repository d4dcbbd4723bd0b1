// nvcc as a child process: the compiler where there is a CUDA toolkit but no NVRTC library.
// In: the embedded sources, written to a temporary folder. Out: a cubin, or nvcc's messages as an
// error.
#pragma once

#include <string>
#include <vector>

#include "cuda/driver.h"

namespace rationale::cuda {

/// $RATIONALE_NVCC, nvcc on the PATH or in /usr/local/cuda/bin; "" when there is none.
std::string FindNvcc();

/// @param path of the .cu among the embedded sources. @throws KernelError with nvcc's messages.
std::vector<char> CompileWithNvcc(const std::string& nvcc, const std::string& path, Arch arch);

}  // namespace rationale::cuda
