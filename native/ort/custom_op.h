// What a CPU or CUDA kernel is written against. A fused op is an `OpSpec` (name, argument dtypes, a
// kernel factory) wrapped in a `CustomOp`, the record ONNX Runtime registers. The runtime calls
// `Kernel::Compute` with a `Context` that hands out input and output memory, worker threads,
// scratch memory and the runtime's own GEMM. Exceptions thrown by a kernel become failed statuses
// here.
//
//   class Square : public Kernel {
//    public:
//     explicit Square(const KernelInfo& info) : scale_(info.Float("scale", 1.0f)) {}
//     void Compute(Context& context) override {
//       const Tensor x = context.Input(0);
//       Tensor y = context.Output(0, x.shape());
//       const std::span<const float> in = x.data<float>();
//       const std::span<float> out = y.mutable_data<float>();
//       context.ParallelFor(x.size(), 4096, [&](int64_t begin, int64_t end) { ... });
//     }
//   };
//   OpSpec{.name = "Square", .inputs = {{kF32}}, .outputs = {{kF32}}, .create = Make<Square>}
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ort/abi.h"

namespace rationale::ort {

enum class Device { kCpu, kCuda };

using Shape = std::vector<int64_t>;

/// A tensor the runtime owns, valid during one Compute call. Absent optional inputs are empty
/// (false).
class Tensor {
 public:
  Tensor() = default;
  Tensor(const Api& api, const OrtValue* value);

  explicit operator bool() const { return value_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t dim(size_t axis) const { return shape_.at(axis); }
  size_t rank() const { return shape_.size(); }
  int64_t size() const { return size_; }  ///< Elements.
  ElementType dtype() const { return dtype_; }
  const OrtValue* value() const { return value_; }
  /// Device memory for device kernels, host memory otherwise.
  void* raw() const { return data_; }
  template <typename T>
  std::span<const T> data() const {
    return {static_cast<const T*>(data_), static_cast<size_t>(size_)};
  }
  template <typename T>
  std::span<T> mutable_data() const {
    return {static_cast<T*>(data_), static_cast<size_t>(size_)};
  }

 private:
  const OrtValue* value_ = nullptr;
  void* data_ = nullptr;
  Shape shape_;
  int64_t size_ = 0;
  ElementType dtype_ = kUndefined;
};

/// Attributes of the node a kernel is made for.
class KernelInfo {
 public:
  KernelInfo(Api api, const OrtKernelInfo* info) : api_(api), info_(info) {}
  float Float(const char* name, float otherwise) const;
  int64_t Int(const char* name, int64_t otherwise) const;
  float Float(const char* name) const;  ///< @throws Error when the attribute is absent.
  int64_t Int(const char* name) const;  ///< @throws Error when the attribute is absent.
  std::string NodeName() const;
  const Api& api() const { return api_; }
  const OrtKernelInfo* handle() const { return info_; }

 private:
  Api api_;
  const OrtKernelInfo* info_;
};

/// One Compute call.
class Context {
 public:
  Context(Api api, OrtKernelContext* context) : api_(api), context_(context) {}
  size_t InputCount() const;
  size_t OutputCount() const;
  Tensor Input(size_t index) const;
  /// Allocates the output, or returns the memory bound to it. @throws Error when a bound output has
  /// another shape.
  Tensor Output(size_t index, const Shape& shape) const;
  /// Splits [0, count) into ranges of at least `grain` and runs them on the runtime's thread pool;
  /// returns when all are done. An exception in `body` is thrown here. Ranges depend on `count` and
  /// `grain` only (at most 64), never on the number of threads.
  void ParallelFor(
      int64_t count,
      int64_t grain,
      const std::function<void(int64_t begin, int64_t end)>& body) const;
  /// Uninitialised host memory of this call, 64-byte aligned, from the runtime's arena.
  template <typename T>
  std::span<T> Scratch(int64_t count) const {
    return {
        static_cast<T*>(ScratchBytes(count * static_cast<int64_t>(sizeof(T)))),
        static_cast<size_t>(count)};
  }
  /// The CUstream of a CUDA kernel.
  void* Stream() const;
  const Api& api() const { return api_; }
  OrtKernelContext* handle() const { return context_; }

 private:
  void* ScratchBytes(int64_t bytes) const;

  Api api_;
  OrtKernelContext* context_;
};

/// The runtime's own f32 Gemm, for use inside a kernel: y[m,n] = alpha op(a) op(b) + beta c.
/// Make it once in the kernel's constructor. Matrices are dense and row-major.
class Gemm {
 public:
  struct Options {
    bool transpose_a = false;
    bool transpose_b = false;
    float alpha = 1.0f;
    float beta = 0.0f;  ///< 0: no c input.
    /// Where the matrices are: the device of the kernel that runs it.
    Device device = Device::kCpu;
  };
  Gemm(const KernelInfo& info, const Options& options);
  /// @param a [m,k] (or [k,m] transposed)  @param b [k,n] (or [n,k])  @param y [m,n]
  /// @param c [m,n], read only when beta is not 0; may be y itself (accumulation in place).
  void Run(
      const Context& context,
      const float* a,
      const float* b,
      float* y,
      int64_t m,
      int64_t n,
      int64_t k,
      const float* c = nullptr) const;

 private:
  Options options_;
  Api api_;
  Owned<OrtKernelInfo> info_;
  Owned<OrtMemoryInfo> memory_;
  Owned<OrtOp> op_;
};

/// A kernel instance: one per node of a session. Compute may be called from several threads at
/// once.
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual void Compute(Context& context) = 0;
};

struct Argument {
  ElementType dtype;
  Arity arity = kRequired;
  MemType memory = kMemDefault;  ///< kMemCpuInput: a CUDA kernel reads this input on the host.
};

struct OpSpec {
  std::string name;
  Device device = Device::kCpu;
  std::vector<Argument> inputs;
  std::vector<Argument> outputs;
  std::function<std::unique_ptr<Kernel>(const KernelInfo&)> create;
};

/// An OpSpec::create for kernels whose constructor takes a KernelInfo.
template <typename K>
std::unique_ptr<Kernel> Make(const KernelInfo& info) {
  return std::make_unique<K>(info);
}

/// The registered record. Must outlive every session made with it (the runtime keeps it).
class CustomOp : public OrtCustomOp {
 public:
  explicit CustomOp(OpSpec spec);
  CustomOp(const CustomOp&) = delete;
  CustomOp& operator=(const CustomOp&) = delete;
  const OpSpec& spec() const { return spec_; }

 private:
  OpSpec spec_;
};

using OpList = std::vector<std::unique_ptr<CustomOp>>;

}  // namespace rationale::ort
