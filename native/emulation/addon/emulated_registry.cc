// The registry of the emulated addon: the CUDA ops, registered for the CPU provider and run by the
// emulation. Replaces kernels/registry.cc in that addon only.
#include "cuda/op.h"
#include "emulation/emulated_launcher.h"
#include "kernels/registry.h"

namespace rationale::kernels {
namespace {

class EmulatedPlatform final : public cuda::Platform {
 public:
  ort::Device device() const override { return ort::Device::kCpu; }
  std::unique_ptr<cuda::Launcher> Open(const ort::Context&) const override {
    return std::make_unique<cuda::emulation::EmulatedLauncher>(cuda::emulation::Order::kShuffled);
  }
  cuda::i64 logits_bytes() const override { return 100'000; }
};

}  // namespace

ort::OpList RegisteredOps(ort::Device) {
  static const EmulatedPlatform platform;
  OpSpecs specs;
  cuda::AddCudaOps(specs, platform);
  ort::OpList ops;
  for (ort::OpSpec& spec : specs) ops.push_back(std::make_unique<ort::CustomOp>(std::move(spec)));
  return ops;
}

}  // namespace rationale::kernels
