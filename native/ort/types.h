// The types of the ONNX Runtime C ABI that cross its function table: opaque handles, enumerations,
// the custom-op record and the exported entry point. Declared here in full, so that no ONNX Runtime
// header is needed to build; layouts hold for API versions 23 to 29 (x64 and arm64, plain C calls).
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

struct OrtApi;
struct OrtStatus;
struct OrtEnv;
struct OrtThreadingOptions;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtIoBinding;
struct OrtValue;
struct OrtMemoryInfo;
struct OrtArenaCfg;
struct OrtAllocator;
struct OrtTypeInfo;
struct OrtTensorTypeAndShapeInfo;
struct OrtCustomOpDomain;
struct OrtKernelInfo;
struct OrtKernelContext;
struct OrtShapeInferContext;
struct OrtOp;
struct OrtOpAttr;
struct OrtCUDAProviderOptionsV2;

}  // extern "C"

namespace rationale::ort {

/// ONNXTensorElementDataType; only the dtypes of this project.
enum ElementType : int32_t {
  kUndefined = 0,
  kF32 = 1,
  kU8 = 2,
  kI32 = 6,
  kI64 = 7,
  kBool = 9,
  kF16 = 10,
  kF64 = 11,
  kBf16 = 16,
};

/// OrtErrorCode.
enum ErrorCode : int32_t {
  kOk = 0,
  kFail = 1,
  kInvalidArgument = 2,
  kNoSuchFile = 3,
  kRuntimeException = 6,
  kNotImplemented = 9,
  kInvalidGraph = 10,
};

/// OrtOpAttrType.
enum AttrType : int32_t { kAttrInt = 1, kAttrInts = 2, kAttrFloat = 3, kAttrFloats = 4 };

/// OrtMemType: the device's own memory, or host memory for an argument of a device kernel.
enum MemType : int32_t { kMemDefault = 0, kMemCpuInput = -2, kMemCpuOutput = -1 };

/// OrtAllocatorType.
enum AllocatorType : int32_t { kDeviceAllocator = 0, kArenaAllocator = 1 };

/// OrtCustomOpInputOutputCharacteristic.
enum Arity : int32_t { kRequired = 0, kOptional = 1, kVariadic = 2 };

/// The exported `OrtGetApiBase` returns this.
struct ApiBase {
  const OrtApi* (*GetApi)(uint32_t version);
  const char* (*GetVersionString)();
};

/// The API version whose layouts the code below was written against, and the oldest one it accepts.
inline constexpr uint32_t kApiVersion = 29;
inline constexpr uint32_t kMinApiVersion = 23;

}  // namespace rationale::ort

extern "C" {

/// The record by which a custom op is registered: 26 members, 208 bytes.
struct OrtCustomOp {
  using ElementType = rationale::ort::ElementType;

  uint32_t version;
  void* (*CreateKernel)(const OrtCustomOp*, const OrtApi*, const OrtKernelInfo*);
  const char* (*GetName)(const OrtCustomOp*);
  const char* (*GetExecutionProviderType)(const OrtCustomOp*);
  ElementType (*GetInputType)(const OrtCustomOp*, size_t);
  size_t (*GetInputTypeCount)(const OrtCustomOp*);
  ElementType (*GetOutputType)(const OrtCustomOp*, size_t);
  size_t (*GetOutputTypeCount)(const OrtCustomOp*);
  void (*KernelCompute)(void*, OrtKernelContext*);
  void (*KernelDestroy)(void*);
  rationale::ort::Arity (*GetInputCharacteristic)(const OrtCustomOp*, size_t);
  rationale::ort::Arity (*GetOutputCharacteristic)(const OrtCustomOp*, size_t);
  rationale::ort::MemType (*GetInputMemoryType)(const OrtCustomOp*, size_t);
  int (*GetVariadicInputMinArity)(const OrtCustomOp*);
  int (*GetVariadicInputHomogeneity)(const OrtCustomOp*);
  int (*GetVariadicOutputMinArity)(const OrtCustomOp*);
  int (*GetVariadicOutputHomogeneity)(const OrtCustomOp*);
  OrtStatus* (*CreateKernelV2)(const OrtCustomOp*, const OrtApi*, const OrtKernelInfo*, void**);
  OrtStatus* (*KernelComputeV2)(void*, OrtKernelContext*);
  OrtStatus* (*InferOutputShapeFn)(const OrtCustomOp*, OrtShapeInferContext*);
  int (*GetStartVersion)(const OrtCustomOp*);
  int (*GetEndVersion)(const OrtCustomOp*);
  size_t (*GetMayInplace)(int**, int**);
  void (*ReleaseMayInplace)(int*, int*);
  size_t (*GetAliasMap)(int**, int**);
  void (*ReleaseAliasMap)(int*, int*);
};

}  // extern "C"

static_assert(sizeof(OrtCustomOp) == 208, "OrtCustomOp has 26 members of 8 bytes");
static_assert(offsetof(OrtCustomOp, KernelComputeV2) == 144, "OrtCustomOp layout");
static_assert(offsetof(OrtCustomOp, ReleaseAliasMap) == 200, "OrtCustomOp layout");

namespace rationale::ort {

/// A function of the table: its index and signature. See slots.h and `Api::Call`.
template <size_t Index, typename Signature>
struct Slot;

template <size_t Index, typename Result, typename... Args>
struct Slot<Index, Result(Args...)> {
  using Function = Result (*)(Args...);
  static constexpr size_t kIndex = Index;
};

}  // namespace rationale::ort
