// Launches kernels through the CUDA driver on one stream. Modules are compiled and loaded on first
// use, once per context, and stay for the process. NOTE: run against a stand-in for the driver
// only; it has not met a GPU yet.
#pragma once

#include "cuda/driver.h"
#include "cuda/launcher.h"

namespace rationale::cuda {

class DriverLauncher final : public Launcher {
 public:
  /// @param stream a CUstream of the device whose memory the kernels get.
  explicit DriverLauncher(void* stream);
  void Run(const Launch& launch) override;
  void Copy(void* to, const void* from, i64 bytes) override;
  void Clear(void* to, i64 bytes) override;

 private:
  const Driver& driver_;
  void* stream_;
  void* context_ = nullptr;
};

}  // namespace rationale::cuda
