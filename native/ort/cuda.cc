// See cuda.h.
#include "ort/cuda.h"

#include <dlfcn.h>

#include <utility>

namespace rationale::ort {
namespace {

/// The few driver functions used, by their exported (versioned) names. A CUresult of 0 is success;
/// CUdevice is an int, CUcontext and CUstream are pointers, CUdeviceptr is a 64-bit integer.
struct Driver {
  int (*cuInit)(unsigned) = nullptr;
  int (*cuDriverGetVersion)(int*) = nullptr;
  int (*cuDeviceGetCount)(int*) = nullptr;
  int (*cuDeviceGet)(int*, int) = nullptr;
  int (*cuDeviceGetName)(char*, int, int) = nullptr;
  int (*cuDeviceTotalMem)(size_t*, int) = nullptr;
  int (*cuDeviceGetAttribute)(int*, int, int) = nullptr;
  int (*cuDevicePrimaryCtxRetain)(void**, int) = nullptr;
  int (*cuDevicePrimaryCtxRelease)(int) = nullptr;
  int (*cuCtxSetCurrent)(void*) = nullptr;
  int (*cuMemcpyHtoD)(uint64_t, const void*, size_t) = nullptr;
  int (*cuMemcpyDtoH)(void*, uint64_t, size_t) = nullptr;
  int (*cuMemsetD8)(uint64_t, unsigned char, size_t) = nullptr;
  int (*cuStreamSynchronize)(void*) = nullptr;
  int (*cuGetErrorString)(int, const char**) = nullptr;
  std::string error;

  template <typename F>
  void Resolve(void* library, const char* name, F& function) {
    function = reinterpret_cast<F>(dlsym(library, name));
    if (function == nullptr && error.empty()) {
      error = std::string("libcuda.so.1 has no ") + name + ": the NVIDIA driver is too old";
    }
  }

  void Check(int result, const char* call) const {
    if (result == 0) return;
    const char* text = nullptr;
    if (cuGetErrorString != nullptr) cuGetErrorString(result, &text);
    constexpr int kOutOfMemory = 2;
    throw Error(
        result == kOutOfMemory ? "engine/out-of-memory" : "native/failed",
        std::string("[cuda] ") + call + " failed: " +
            (text == nullptr ? "error " + std::to_string(result) : std::string(text)));
  }
};

const Driver& LoadDriver() {
  static const Driver driver = [] {
    Driver d;
    void* library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char* message = dlerror();
      d.error = message == nullptr ? "libcuda.so.1 cannot be loaded" : message;
      return d;
    }
    d.Resolve(library, "cuInit", d.cuInit);
    d.Resolve(library, "cuDriverGetVersion", d.cuDriverGetVersion);
    d.Resolve(library, "cuDeviceGetCount", d.cuDeviceGetCount);
    d.Resolve(library, "cuDeviceGet", d.cuDeviceGet);
    d.Resolve(library, "cuDeviceGetName", d.cuDeviceGetName);
    d.Resolve(library, "cuDeviceTotalMem_v2", d.cuDeviceTotalMem);
    d.Resolve(library, "cuDeviceGetAttribute", d.cuDeviceGetAttribute);
    d.Resolve(library, "cuDevicePrimaryCtxRetain", d.cuDevicePrimaryCtxRetain);
    d.Resolve(library, "cuDevicePrimaryCtxRelease_v2", d.cuDevicePrimaryCtxRelease);
    d.Resolve(library, "cuCtxSetCurrent", d.cuCtxSetCurrent);
    d.Resolve(library, "cuMemcpyHtoD_v2", d.cuMemcpyHtoD);
    d.Resolve(library, "cuMemcpyDtoH_v2", d.cuMemcpyDtoH);
    d.Resolve(library, "cuMemsetD8_v2", d.cuMemsetD8);
    d.Resolve(library, "cuStreamSynchronize", d.cuStreamSynchronize);
    d.Resolve(library, "cuGetErrorString", d.cuGetErrorString);
    if (d.error.empty() && d.cuInit(0) != 0) d.error = "cuInit failed: no usable NVIDIA GPU";
    return d;
  }();
  return driver;
}

class CudaMemory final : public DeviceMemory {
 public:
  CudaMemory(const Api& api, OrtSession* session, std::shared_ptr<const void> keep, int device)
      : api_(api), keep_alive_(std::move(keep)), driver_(LoadDriver()), device_(device) {
    if (!driver_.error.empty()) throw Error("native/provider-missing", "[cuda] " + driver_.error);
    OrtMemoryInfo* info = nullptr;
    api.Call(slot::CreateMemoryInfo, "Cuda", kArenaAllocator, device, kMemDefault, &info);
    info_ = Own<slot::ReleaseMemoryInfo>(api, info);
    OrtAllocator* allocator = nullptr;
    api.Call(slot::CreateAllocator, session, info, &allocator);
    allocator_ = Own<slot::ReleaseAllocator>(api, allocator);
    // The runtime works in the device's primary context, so its addresses are valid there.
    driver_.Check(driver_.cuDevicePrimaryCtxRetain(&context_, device), "cuDevicePrimaryCtxRetain");
  }
  ~CudaMemory() override { driver_.cuDevicePrimaryCtxRelease(device_); }

  void* Allocate(int64_t bytes) override {
    void* data = nullptr;
    const auto size = static_cast<size_t>(bytes < 64 ? 64 : bytes);
    api_.Call(slot::AllocatorAlloc, allocator_.get(), size, &data);
    if (data == nullptr) {
      throw Error(
          "engine/out-of-memory",
          "[allocate] the GPU has no " + std::to_string(bytes) + " bytes left");
    }
    return data;
  }
  void Free(void* data) override {
    // Never throws: a failed free can only be dropped here.
    OrtStatus* status = api_.Raw(slot::AllocatorFree, allocator_.get(), data);
    if (status != nullptr) api_.Raw(slot::ReleaseStatus, status);
  }
  void Write(void* to, const void* from, int64_t bytes) override {
    if (bytes == 0) return;
    Enter();
    driver_.Check(
        driver_.cuMemcpyHtoD(Address(to), from, static_cast<size_t>(bytes)), "cuMemcpyHtoD");
    Wait();
  }
  void Read(void* to, const void* from, int64_t bytes) override {
    if (bytes == 0) return;
    Enter();
    driver_.Check(
        driver_.cuMemcpyDtoH(to, Address(from), static_cast<size_t>(bytes)), "cuMemcpyDtoH");
  }
  void Fill(void* to, uint8_t byte, int64_t bytes) override {
    if (bytes == 0) return;
    Enter();
    driver_.Check(driver_.cuMemsetD8(Address(to), byte, static_cast<size_t>(bytes)), "cuMemsetD8");
    Wait();
  }
  const OrtMemoryInfo* info() const override { return info_.get(); }

 private:
  static uint64_t Address(const void* data) { return reinterpret_cast<uint64_t>(data); }
  void Enter() const { driver_.Check(driver_.cuCtxSetCurrent(context_), "cuCtxSetCurrent"); }
  /// A copy from pageable memory and a fill may return before the device has finished, and the
  /// runtime's stream does not wait for the default one.
  void Wait() const { driver_.Check(driver_.cuStreamSynchronize(nullptr), "cuStreamSynchronize"); }

  Api api_;
  std::shared_ptr<const void> keep_alive_;
  const Driver& driver_;
  int device_;
  Owned<OrtMemoryInfo> info_;
  Owned<OrtAllocator> allocator_;
  void* context_ = nullptr;
};

}  // namespace

CudaDriver ProbeCudaDriver() {
  const Driver& driver = LoadDriver();
  CudaDriver result{.error = driver.error, .version = 0, .devices = {}};
  if (!result.error.empty()) return result;
  try {
    driver.Check(driver.cuDriverGetVersion(&result.version), "cuDriverGetVersion");
    int count = 0;
    driver.Check(driver.cuDeviceGetCount(&count), "cuDeviceGetCount");
    for (int i = 0; i < count; ++i) {
      int device = 0;
      char name[256] = {};
      size_t bytes = 0;
      CudaDevice found;
      // Attribute numbers of the driver API: compute capability major 75, minor 76.
      driver.Check(driver.cuDeviceGet(&device, i), "cuDeviceGet");
      driver.Check(driver.cuDeviceGetName(name, sizeof name - 1, device), "cuDeviceGetName");
      driver.Check(driver.cuDeviceTotalMem(&bytes, device), "cuDeviceTotalMem");
      driver.Check(driver.cuDeviceGetAttribute(&found.compute_major, 75, device), "attribute");
      driver.Check(driver.cuDeviceGetAttribute(&found.compute_minor, 76, device), "attribute");
      found.name = name;
      found.memory_bytes = static_cast<int64_t>(bytes);
      result.devices.push_back(found);
    }
  } catch (const Error& error) {
    result.error = error.what();
  }
  return result;
}

void AppendCuda(const Api& api, OrtSessionOptions* options, const ProviderOptions& provider) {
  try {
    OrtCUDAProviderOptionsV2* handle = nullptr;
    api.Call(slot::CreateCUDAProviderOptions, &handle);
    const auto owned = Own<slot::ReleaseCUDAProviderOptions>(api, handle);
    std::vector<const char*> keys;
    std::vector<const char*> values;
    for (const auto& [key, value] : provider) {
      keys.push_back(key.c_str());
      values.push_back(value.c_str());
    }
    api.Call(slot::UpdateCUDAProviderOptions, handle, keys.data(), values.data(), keys.size());
    api.Call(slot::SessionOptionsAppendExecutionProvider_CUDA_V2, options, handle);
  } catch (const Error& error) {
    throw Error(
        "native/provider-missing",
        std::string("[open] the CUDA provider cannot be used: ") + error.what(),
        "run: rationale doctor");
  }
}

std::shared_ptr<DeviceMemory> MakeCudaMemory(
    const Api& api, OrtSession* session, std::shared_ptr<const void> keep_alive, int device) {
  return std::make_shared<CudaMemory>(api, session, std::move(keep_alive), device);
}

}  // namespace rationale::ort
