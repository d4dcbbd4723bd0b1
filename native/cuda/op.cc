// See op.h.
#include "cuda/op.h"

#include "cuda/driver_launcher.h"

namespace rationale::cuda {
namespace {

class CudaPlatform final : public Platform {
 public:
  ort::Device device() const override { return ort::Device::kCuda; }
  std::unique_ptr<Launcher> Open(const ort::Context& context) const override {
    return std::make_unique<DriverLauncher>(context.Stream());
  }
};

}  // namespace

const Platform& DriverPlatform() {
  static const CudaPlatform platform;
  return platform;
}

Call::Call(const Platform& platform, const ort::Context& context, const ort::Tensor& device_tensor)
    : api_(context.api()), launcher_(platform.Open(context)) {
  const OrtMemoryInfo* memory = nullptr;
  api_.Call(ort::slot::GetTensorMemoryInfo, device_tensor.value(), &memory);
  OrtAllocator* allocator = nullptr;
  api_.Call(ort::slot::KernelContext_GetAllocator, context.handle(), memory, &allocator);
  allocator_ = ort::Own<ort::slot::ReleaseAllocator>(api_, allocator);
}

Call::~Call() {
  for (void* block : blocks_) {
    // Never throws: a failed free can only be dropped here.
    OrtStatus* status = api_.Raw(ort::slot::AllocatorFree, allocator_.get(), block);
    if (status != nullptr) api_.Raw(ort::slot::ReleaseStatus, status);
  }
}

void* Call::Allocate(i64 bytes) {
  constexpr i64 kLeast = 64;
  void* block = nullptr;
  const auto size = static_cast<size_t>(bytes < kLeast ? kLeast : bytes);
  blocks_.reserve(blocks_.size() + 1);
  api_.Call(ort::slot::AllocatorAlloc, allocator_.get(), size, &block);
  if (block == nullptr) kernels::Fail("Failed to allocate memory (", bytes, " bytes)");
  blocks_.push_back(block);
  return block;
}

void AddCudaOps(OpSpecs& ops, const Platform& platform) {
  AddAdamWOps(ops, platform);
  AddAttentionOps(ops, platform);
  AddDecodeAttentionOps(ops, platform);
  AddRmsNormOps(ops, platform);
  AddSampleOps(ops, platform);
  AddScatterAddRowsOps(ops, platform);
  AddSumSquaresOps(ops, platform);
  AddSwiGluOps(ops, platform);
  AddTokenLogprobOps(ops, platform);
}

}  // namespace rationale::cuda
