// See driver.h.
#include "cuda/driver.h"

#include <dlfcn.h>

#include <cstdlib>

#include "kernels/check.h"

namespace rationale::cuda {
namespace {

using kernels::Fail;

template <typename F>
void Resolve(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  if (function == nullptr) Fail("the NVIDIA driver has no ", name, ": it is too old");
}

Driver Load() {
  const char* chosen = std::getenv("RATIONALE_LIBCUDA");
  void* library = dlopen(chosen == nullptr ? "libcuda.so.1" : chosen, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* message = dlerror();
    Fail("no NVIDIA driver: ", message == nullptr ? "libcuda.so.1 cannot be loaded" : message);
  }
  Driver d;
  // The exported names carry the version of their signature.
  Resolve(library, "cuInit", d.Init);
  Resolve(library, "cuCtxGetCurrent", d.CtxGetCurrent);
  Resolve(library, "cuCtxSetCurrent", d.CtxSetCurrent);
  Resolve(library, "cuCtxGetDevice", d.CtxGetDevice);
  Resolve(library, "cuStreamGetCtx", d.StreamGetCtx);
  Resolve(library, "cuDeviceGetAttribute", d.DeviceGetAttribute);
  Resolve(library, "cuModuleLoadData", d.ModuleLoadData);
  Resolve(library, "cuModuleGetFunction", d.ModuleGetFunction);
  Resolve(library, "cuFuncSetAttribute", d.FuncSetAttribute);
  Resolve(library, "cuLaunchKernel", d.LaunchKernel);
  Resolve(library, "cuMemcpyDtoDAsync_v2", d.MemcpyDtoDAsync);
  Resolve(library, "cuMemsetD8Async", d.MemsetD8Async);
  Resolve(library, "cuGetErrorString", d.GetErrorString);
  d.Check(d.Init(0), "cuInit");
  return d;
}

}  // namespace

const Driver& Driver::Get() {
  static const Driver driver = Load();  // Tried again after an exception.
  return driver;
}

std::string Driver::Text(int result) const {
  const char* text = nullptr;
  GetErrorString(result, &text);
  return text == nullptr ? "error " + std::to_string(result) : text;
}

void Driver::Check(int result, const char* call) const {
  if (result != kDriverSuccess) Fail(call, " failed: ", Text(result));
}

}  // namespace rationale::cuda
