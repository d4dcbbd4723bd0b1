// The addon's exports: what can be asked without a runtime, and `open`.
#include <napi.h>

#include "binding/error.h"
#include "binding/options.h"
#include "binding/runtime.h"
#include "cuda/compiler.h"
#include "kernels/isa.h"

namespace rationale::binding {

class Addon final : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports) : runtime_(Napi::Persistent(Runtime::Class(env))) {
    DefineAddon(
        exports,
        {InstanceMethod<&Addon::DetectedIsa>("detectedIsa"),
         InstanceMethod<&Addon::LoadError>("loadError"),
         InstanceMethod<&Addon::CudaDriver>("cudaDriver"),
         InstanceMethod<&Addon::Open>("open")});
  }

 private:
  Napi::Value DetectedIsa(const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), kernels::IsaName(kernels::DetectedIsa()));
  }

  Napi::Value LoadError(const Napi::CallbackInfo& info) {
    return Guarded(info.Env(), [&]() -> Napi::Value {
      const std::string error = ort::LoadError(Options(info, "loadError").String("library"));
      if (error.empty()) return info.Env().Undefined();
      return Napi::String::New(info.Env(), error);
    });
  }

  Napi::Value CudaDriver(const Napi::CallbackInfo& info) {
    return Guarded(info.Env(), [&]() -> Napi::Value {
      const Napi::Env env = info.Env();
      const ort::CudaDriver driver = ort::ProbeCudaDriver();
      Napi::Object result = Napi::Object::New(env);
      if (!driver.error.empty()) result.Set("error", driver.error);
      result.Set("version", driver.version);
      Napi::Array devices = Napi::Array::New(env);
      for (const ort::CudaDevice& device : driver.devices) {
        Napi::Object entry = Napi::Object::New(env);
        entry.Set("name", device.name);
        entry.Set("memoryBytes", static_cast<double>(device.memory_bytes));
        entry.Set(
            "computeCapability",
            std::to_string(device.compute_major) + "." + std::to_string(device.compute_minor));
        devices.Set(devices.Length(), entry);
      }
      result.Set("devices", devices);
      const std::string compiler = cuda::FindCompiler();
      if (!compiler.empty()) result.Set("kernelCompiler", compiler);
      return result;
    });
  }

  Napi::Value Open(const Napi::CallbackInfo& info) { return Runtime::Open(info, runtime_); }

  Napi::FunctionReference runtime_;
};

NODE_API_ADDON(Addon)

}  // namespace rationale::binding
