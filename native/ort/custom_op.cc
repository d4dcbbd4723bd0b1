// See custom_op.h: the C callbacks of OrtCustomOp over OpSpec and Kernel, and the kernel helpers.
#include "ort/custom_op.h"

#include <exception>
#include <mutex>

namespace rationale::ort {
namespace {

/// A made kernel with the function table it was made with, behind ONNX Runtime's void pointer.
struct Instance {
  Api api;
  std::string op;
  std::unique_ptr<Kernel> kernel;
};

/// Runs `body`; an exception becomes a status whose message carries the op's tag.
template <typename Body>
OrtStatus* Guard(const Api& api, const std::string& op, Body body) {
  try {
    body();
    return nullptr;
  } catch (const std::bad_alloc&) {
    return api.Status(kFail, "[" + op + "] Failed to allocate memory (bad_alloc)");
  } catch (const std::exception& error) {
    return api.Status(kFail, "[" + op + "] " + error.what());
  }
}

const OpSpec& SpecOf(const OrtCustomOp* op) { return static_cast<const CustomOp*>(op)->spec(); }

OrtStatus* Create(
    const OrtCustomOp* op, const OrtApi* table, const OrtKernelInfo* info, void** kernel) {
  const Api api(table);
  const OpSpec& spec = SpecOf(op);
  return Guard(api, spec.name, [&] {
    auto instance =
        std::make_unique<Instance>(Instance{api, spec.name, spec.create(KernelInfo(api, info))});
    *kernel = instance.release();  // Owned by ONNX Runtime, which gives it back to Destroy.
  });
}

OrtStatus* Compute(void* kernel, OrtKernelContext* handle) {
  auto* instance = static_cast<Instance*>(kernel);
  return Guard(instance->api, instance->op, [&] {
    Context context(instance->api, handle);
    instance->kernel->Compute(context);
  });
}

void Destroy(void* kernel) { std::unique_ptr<Instance>(static_cast<Instance*>(kernel)).reset(); }

}  // namespace

Tensor::Tensor(const Api& api, const OrtValue* value) : value_(value) {
  if (value == nullptr) return;
  OrtTensorTypeAndShapeInfo* handle = nullptr;
  api.Call(slot::GetTensorTypeAndShape, value, &handle);
  const auto info = Own<slot::ReleaseTensorTypeAndShapeInfo>(api, handle);
  size_t rank = 0;
  api.Call(slot::GetDimensionsCount, handle, &rank);
  shape_.resize(rank);
  api.Call(slot::GetDimensions, handle, shape_.data(), rank);
  api.Call(slot::GetTensorElementType, handle, &dtype_);
  size_ = 1;
  for (const int64_t dim : shape_) size_ *= dim;
  // The table has one accessor for both uses; a kernel writes only to its outputs.
  api.Call(slot::GetTensorMutableData, const_cast<OrtValue*>(value), &data_);
}

float KernelInfo::Float(const char* name) const {
  float value = 0.0f;
  api_.Call(slot::KernelInfoGetAttribute_float, info_, name, &value);
  return value;
}

int64_t KernelInfo::Int(const char* name) const {
  int64_t value = 0;
  api_.Call(slot::KernelInfoGetAttribute_int64, info_, name, &value);
  return value;
}

float KernelInfo::Float(const char* name, float otherwise) const {
  float value = otherwise;
  OrtStatus* status = api_.Raw(slot::KernelInfoGetAttribute_float, info_, name, &value);
  if (status == nullptr) return value;
  api_.Raw(slot::ReleaseStatus, status);
  return otherwise;
}

int64_t KernelInfo::Int(const char* name, int64_t otherwise) const {
  int64_t value = otherwise;
  OrtStatus* status = api_.Raw(slot::KernelInfoGetAttribute_int64, info_, name, &value);
  if (status == nullptr) return value;
  api_.Raw(slot::ReleaseStatus, status);
  return otherwise;
}

std::string KernelInfo::NodeName() const {
  size_t size = 0;
  // The first call reports the size with its terminator (and, by design, may fail).
  OrtStatus* status = api_.Raw(slot::KernelInfo_GetNodeName, info_, nullptr, &size);
  if (status != nullptr) api_.Raw(slot::ReleaseStatus, status);
  if (size == 0) return {};
  std::string name(size, '\0');
  api_.Call(slot::KernelInfo_GetNodeName, info_, name.data(), &size);
  name.resize(size - 1);
  return name;
}

size_t Context::InputCount() const {
  size_t count = 0;
  api_.Call(slot::KernelContext_GetInputCount, context_, &count);
  return count;
}

size_t Context::OutputCount() const {
  size_t count = 0;
  api_.Call(slot::KernelContext_GetOutputCount, context_, &count);
  return count;
}

Tensor Context::Input(size_t index) const {
  const OrtValue* value = nullptr;
  api_.Call(slot::KernelContext_GetInput, context_, index, &value);
  return Tensor(api_, value);
}

Tensor Context::Output(size_t index, const Shape& shape) const {
  OrtValue* value = nullptr;
  api_.Call(slot::KernelContext_GetOutput, context_, index, shape.data(), shape.size(), &value);
  return Tensor(api_, value);
}

void Context::ParallelFor(
    int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) const {
  if (count <= 0) return;
  constexpr int64_t kMaxRanges = 64;
  const int64_t wanted = (count + std::max<int64_t>(grain, 1) - 1) / std::max<int64_t>(grain, 1);
  const int64_t ranges = std::clamp<int64_t>(wanted, 1, kMaxRanges);
  if (ranges == 1) return body(0, count);
  struct Job {
    const std::function<void(int64_t, int64_t)>& body;
    int64_t count;
    int64_t ranges;
    std::mutex mutex;
    std::exception_ptr failure;
  } job{body, count, ranges, {}, nullptr};
  const auto call = [](void* data, size_t index) {
    Job& j = *static_cast<Job*>(data);
    const auto i = static_cast<int64_t>(index);
    try {
      j.body(j.count * i / j.ranges, j.count * (i + 1) / j.ranges);
    } catch (...) {
      const std::lock_guard lock(j.mutex);
      if (!j.failure) j.failure = std::current_exception();
    }
  };
  // num_batch 0 lets the pool decide how many ranges one worker takes.
  api_.Call(slot::KernelContext_ParallelFor, context_, call, static_cast<size_t>(ranges), 0, &job);
  if (job.failure) std::rethrow_exception(job.failure);
}

void* Context::Stream() const {
  void* stream = nullptr;
  api_.Call(slot::KernelContext_GetGPUComputeStream, context_, &stream);
  return stream;
}

void* Context::ScratchBytes(int64_t bytes) const {
  OrtMemoryInfo* memory = nullptr;
  api_.Call(slot::CreateCpuMemoryInfo, kArenaAllocator, kMemDefault, &memory);
  const auto owned = Own<slot::ReleaseMemoryInfo>(api_, memory);
  void* data = nullptr;
  api_.Call(
      slot::KernelContext_GetScratchBuffer,
      context_,
      memory,
      static_cast<size_t>(std::max<int64_t>(bytes, 64)),
      &data);
  return data;
}

Gemm::Gemm(const KernelInfo& info, const Options& options) : options_(options), api_(info.api()) {
  OrtKernelInfo* copy = nullptr;
  api_.Call(slot::CopyKernelInfo, info.handle(), &copy);
  info_ = Own<slot::ReleaseKernelInfo>(api_, copy);
  OrtMemoryInfo* memory = nullptr;
  if (options.device == Device::kCuda) {
    // The label of the values only: Gemm takes their addresses as they are, on whichever GPU.
    api_.Call(slot::CreateMemoryInfo, "Cuda", kDeviceAllocator, 0, kMemDefault, &memory);
  } else {
    api_.Call(slot::CreateCpuMemoryInfo, kDeviceAllocator, kMemDefault, &memory);
  }
  memory_ = Own<slot::ReleaseMemoryInfo>(api_, memory);

  const auto attribute = [&](const char* name, const void* data, AttrType type) {
    OrtOpAttr* handle = nullptr;
    api_.Call(slot::CreateOpAttr, name, data, 1, type, &handle);
    return Own<slot::ReleaseOpAttr>(api_, handle);
  };
  const int64_t trans_a = options.transpose_a ? 1 : 0;
  const int64_t trans_b = options.transpose_b ? 1 : 0;
  const Owned<OrtOpAttr> attributes[] = {
      attribute("transA", &trans_a, kAttrInt),
      attribute("transB", &trans_b, kAttrInt),
      attribute("alpha", &options.alpha, kAttrFloat),
      attribute("beta", &options.beta, kAttrFloat)};
  const OrtOpAttr* handles[] = {
      attributes[0].get(), attributes[1].get(), attributes[2].get(), attributes[3].get()};
  const char* type_names[] = {"T"};
  const ElementType types[] = {kF32};
  OrtOp* op = nullptr;
  api_.Call(
      slot::CreateOp,
      copy,
      "Gemm",
      "",
      13,
      type_names,
      types,
      1,
      handles,
      4,
      options.beta == 0.0f ? 2 : 3,
      1,
      &op);
  op_ = Own<slot::ReleaseOp>(api_, op);
}

void Gemm::Run(
    const Context& context,
    const float* a,
    const float* b,
    float* y,
    int64_t m,
    int64_t n,
    int64_t k,
    const float* c) const {
  const auto wrap = [&](const float* data, int64_t rows, int64_t columns) {
    const int64_t shape[] = {rows, columns};
    OrtValue* value = nullptr;
    // The table takes a mutable pointer for any tensor; Gemm writes only y.
    api_.Call(
        slot::CreateTensorWithDataAsOrtValue,
        memory_.get(),
        const_cast<float*>(data),
        static_cast<size_t>(rows * columns) * sizeof(float),
        shape,
        2,
        kF32,
        &value);
    return Own<slot::ReleaseValue>(api_, value);
  };
  const auto va = options_.transpose_a ? wrap(a, k, m) : wrap(a, m, k);
  const auto vb = options_.transpose_b ? wrap(b, n, k) : wrap(b, k, n);
  const auto vy = wrap(y, m, n);
  const bool has_c = options_.beta != 0.0f;
  const auto vc = has_c ? wrap(c, m, n) : Owned<OrtValue>();
  const OrtValue* inputs[] = {va.get(), vb.get(), vc.get()};
  OrtValue* outputs[] = {vy.get()};
  api_.Call(slot::InvokeOp, context.handle(), op_.get(), inputs, has_c ? 3 : 2, outputs, 1);
}

CustomOp::CustomOp(OpSpec spec) : OrtCustomOp{}, spec_(std::move(spec)) {
  version = kMinApiVersion;
  GetName = [](const OrtCustomOp* op) { return SpecOf(op).name.c_str(); };
  GetExecutionProviderType = [](const OrtCustomOp* op) {
    return SpecOf(op).device == Device::kCuda ? "CUDAExecutionProvider" : "CPUExecutionProvider";
  };
  GetInputType = [](const OrtCustomOp* op, size_t i) { return SpecOf(op).inputs[i].dtype; };
  GetInputTypeCount = [](const OrtCustomOp* op) { return SpecOf(op).inputs.size(); };
  GetOutputType = [](const OrtCustomOp* op, size_t i) { return SpecOf(op).outputs[i].dtype; };
  GetOutputTypeCount = [](const OrtCustomOp* op) { return SpecOf(op).outputs.size(); };
  GetInputCharacteristic = [](const OrtCustomOp* op, size_t i) {
    return SpecOf(op).inputs[i].arity;
  };
  GetOutputCharacteristic = [](const OrtCustomOp* op, size_t i) {
    return SpecOf(op).outputs[i].arity;
  };
  GetInputMemoryType = [](const OrtCustomOp* op, size_t i) { return SpecOf(op).inputs[i].memory; };
  GetVariadicInputMinArity = [](const OrtCustomOp*) { return 1; };
  GetVariadicInputHomogeneity = [](const OrtCustomOp*) { return 1; };
  GetVariadicOutputMinArity = [](const OrtCustomOp*) { return 1; };
  GetVariadicOutputHomogeneity = [](const OrtCustomOp*) { return 1; };
  CreateKernelV2 = Create;
  KernelComputeV2 = Compute;
  KernelDestroy = Destroy;
  GetStartVersion = [](const OrtCustomOp*) { return 1; };
  GetEndVersion = [](const OrtCustomOp*) { return INT32_MAX; };
}

}  // namespace rationale::ort
