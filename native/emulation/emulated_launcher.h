// A Launcher that runs the .cu kernels on the CPU, for tests. In: launches with host pointers. Out: they
// have run when Run returns. Refuses what a GPU would refuse: grids, blocks and shared memory over their
// limits, and a Params struct that is not the kernel's.
#pragma once

#include "cuda/launcher.h"
#include "emulation/emulation.h"

namespace rationale::cuda::emulation {

class EmulatedLauncher final : public Launcher {
 public:
  explicit EmulatedLauncher(Order order = Order::kForward) : order_(order) {}
  void Run(const Launch& launch) override;
  void Copy(void* to, const void* from, i64 bytes) override;
  void Clear(void* to, i64 bytes) override;

 private:
  Order order_;
};

}  // namespace rationale::cuda::emulation
