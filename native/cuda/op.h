// What the ONNX Runtime side of the CUDA ops shares.
//
// In: a Context, and a Platform that says where kernels run. Out: a Call: a launcher on the
// runtime's stream and workspace from the runtime's own allocator of the tensors' device. The CUDA
// platform is the driver's; tests bring one that emulates, so that every op runs in a real session
// on the CPU.
#pragma once

#include <memory>
#include <vector>

#include "cuda/launcher.h"
#include "kernels/op.h"
#include "kernels/ops.h"
#include "ort/custom_op.h"

namespace rationale::cuda {

class Platform {
 public:
  virtual ~Platform() = default;
  /// The execution provider that the ops are registered for.
  virtual ort::Device device() const = 0;
  virtual std::unique_ptr<Launcher> Open(const ort::Context& context) const = 0;
  /// Most bytes of logits that a chunk of TokenLogprob may take; smaller in tests, to make several.
  virtual i64 logits_bytes() const { return i64{128} << 20; }
};

/// The CUDA execution provider, by the driver.
const Platform& DriverPlatform();

/// One Compute call. Workspace lives until the Call ends: the runtime's allocator may then give it
/// to later work of the same stream, which the kernels are ahead of.
class Call {
 public:
  /// @param device_tensor any argument in device memory: workspace comes from its allocator.
  Call(const Platform& platform, const ort::Context& context, const ort::Tensor& device_tensor);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Launcher& launcher() { return *launcher_; }
  template <typename T>
  T* Workspace(i64 count) {
    return static_cast<T*>(Allocate(count * static_cast<i64>(sizeof(T))));
  }

 private:
  void* Allocate(i64 bytes);

  ort::Api api_;
  std::unique_ptr<Launcher> launcher_;
  ort::Owned<OrtAllocator> allocator_;
  std::vector<void*> blocks_;
};

using kernels::OpSpecs;

// One line per op family, each in kernels/<op>/<op>_cuda.cc.
void AddAdamWOps(OpSpecs& ops, const Platform& platform);
void AddAttentionOps(OpSpecs& ops, const Platform& platform);
void AddDecodeAttentionOps(OpSpecs& ops, const Platform& platform);
void AddRmsNormOps(OpSpecs& ops, const Platform& platform);
void AddSampleOps(OpSpecs& ops, const Platform& platform);
void AddScatterAddRowsOps(OpSpecs& ops, const Platform& platform);
void AddSumSquaresOps(OpSpecs& ops, const Platform& platform);
void AddSwiGluOps(OpSpecs& ops, const Platform& platform);
void AddTokenLogprobOps(OpSpecs& ops, const Platform& platform);

/// All of them.
void AddCudaOps(OpSpecs& ops, const Platform& platform);

/// A spec whose kernel K is made from (KernelInfo, Platform).
template <typename K>
ort::OpSpec Spec(
    const char* name,
    std::vector<ort::Argument> inputs,
    std::vector<ort::Argument> outputs,
    const Platform& platform) {
  return {
      .name = name,
      .device = platform.device(),
      .inputs = std::move(inputs),
      .outputs = std::move(outputs),
      .create = [&platform](const ort::KernelInfo& info) -> std::unique_ptr<ort::Kernel> {
        return std::make_unique<K>(info, platform);
      }};
}

inline std::vector<ort::Argument> Floats(size_t count) {
  return std::vector<ort::Argument>(count, {ort::kF32});
}

/// int64_t of the runtime, i64 of the kernels: the same 64 bits under two names.
inline const i64* InI64(const ort::Tensor& tensor) { return static_cast<const i64*>(tensor.raw()); }

}  // namespace rationale::cuda
