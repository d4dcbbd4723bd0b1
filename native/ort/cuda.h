// The CUDA side: device memory from the runtime's own CUDA arena, and copies through the driver API
// (libcuda, opened at run time; nothing is linked). NOTE: written from the interfaces' definitions;
// it has not been run on a GPU yet.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ort/memory.h"

namespace rationale::ort {

struct CudaDevice {
  std::string name;
  int64_t memory_bytes = 0;
  int compute_major = 0;
  int compute_minor = 0;
};

struct CudaDriver {
  std::string error;  ///< Why there is no usable driver; empty when there is one.
  int version = 0;    ///< As cuDriverGetVersion reports it: 12040 is 12.4.
  std::vector<CudaDevice> devices;
};

/// Asks libcuda what is there. Never throws.
CudaDriver ProbeCudaDriver();

using ProviderOptions = std::map<std::string, std::string>;

/// Appends the CUDA provider to session options.
/// @throws Error native/provider-missing when the provider or a library it needs cannot be loaded.
void AppendCuda(const Api& api, OrtSessionOptions* options, const ProviderOptions& provider);

/// Memory of GPU `device`, from the arena of `session` (a session with the CUDA provider), which
/// must outlive it: the caller hands over a keep-alive.
std::shared_ptr<DeviceMemory> MakeCudaMemory(
    const Api& api, OrtSession* session, std::shared_ptr<const void> keep_alive, int device);

}  // namespace rationale::ort
