// A Launcher that runs the .cu kernels on the CPU, for tests. In: launches with host pointers. Out:
// they have run when Run returns. Refuses what a GPU would refuse: grids, blocks and shared memory
// over their limits, and a Params struct that is not the kernel's.
#pragma once

#include <string>

#include "cuda/launcher.h"
#include "emulation/emulation.h"

namespace rationale::cuda::emulation {

class EmulatedLauncher final : public Launcher {
 public:
  explicit EmulatedLauncher(Order order = Order::kForward) : order_(order) {}
  void Run(const Launch& launch) override;
  void Copy(void* to, const void* from, i64 bytes) override;
  void Clear(void* to, i64 bytes) override;

  /// The module that has a kernel (their names are unique); "" when none has.
  static std::string ModuleOf(const std::string& kernel);
  static size_t ParamsBytes(const std::string& kernel);

 private:
  Order order_;
};

}  // namespace rationale::cuda::emulation
