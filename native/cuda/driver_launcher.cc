// See driver_launcher.h.
#include "cuda/driver_launcher.h"

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "cuda/compiler.h"
#include "kernels/check.h"

namespace rationale::cuda {
namespace {

using kernels::Fail;

/// What is loaded in one context.
struct Loaded {
  Arch arch = 0;
  int shared_limit = 0;
  std::map<std::string, void*> modules;
  std::map<std::string, std::pair<void*, i64>> functions;  // with the shared memory they may use
};

/// The static shared memory every kernel may have without asking.
constexpr i64 kSharedWithoutAsking = 48 << 10;

class Modules {
 public:
  /// The function of a launch, allowed to use the launch's shared memory. The context is current.
  void* Function(const Driver& driver, void* context, const Launch& launch) {
    const std::lock_guard lock(mutex_);
    Loaded& loaded = contexts_[context];
    if (loaded.arch == 0) Describe(driver, loaded);
    const std::string name = std::string(launch.module) + "/" + launch.kernel;
    auto found = loaded.functions.find(name);
    if (found == loaded.functions.end()) {
      void* function = nullptr;
      driver.Check(
          driver.ModuleGetFunction(&function, Module(driver, loaded, launch.module), launch.kernel),
          launch.kernel);
      found = loaded.functions.emplace(name, std::pair{function, kSharedWithoutAsking}).first;
    }
    auto& [function, shared] = found->second;
    if (launch.shared_bytes > shared) {
      if (launch.shared_bytes > loaded.shared_limit) {
        Fail(
            launch.kernel,
            " needs ",
            launch.shared_bytes,
            " bytes of shared memory per block; this ",
            "GPU has ",
            loaded.shared_limit);
      }
      driver.Check(
          driver.FuncSetAttribute(
              function, kFunctionMaxDynamicShared, static_cast<int>(launch.shared_bytes)),
          "cuFuncSetAttribute");
      shared = launch.shared_bytes;
    }
    return function;
  }

 private:
  static void Describe(const Driver& driver, Loaded& loaded) {
    int device = 0;
    int major = 0;
    int minor = 0;
    driver.Check(driver.CtxGetDevice(&device), "cuCtxGetDevice");
    const auto attribute = [&](int number, int& value) {
      driver.Check(driver.DeviceGetAttribute(&value, number, device), "cuDeviceGetAttribute");
    };
    attribute(kAttributeComputeMajor, major);
    attribute(kAttributeComputeMinor, minor);
    attribute(kAttributeMaxSharedOptIn, loaded.shared_limit);
    loaded.arch = 10 * major + minor;
  }

  static void* Module(const Driver& driver, Loaded& loaded, const char* name) {
    void*& module = loaded.modules[name];
    if (module != nullptr) return module;
    Image image = MakeImage(name, loaded.arch);
    int result = driver.ModuleLoadData(&module, image.bytes.data());
    if (result != kDriverSuccess && image.cached) {
      // Damaged, or made by a compiler newer than this driver.
      image = MakeImage(name, loaded.arch, true);
      result = driver.ModuleLoadData(&module, image.bytes.data());
    }
    if (result != kDriverSuccess) {
      module = nullptr;
      Fail(
          "the driver does not load ",
          name,
          " as compiled by ",
          FindCompiler(),
          ": ",
          driver.Text(result));
    }
    return module;
  }

  std::mutex mutex_;
  std::map<void*, Loaded> contexts_;
};

Modules& AllModules() {
  static Modules modules;
  return modules;
}

uint64_t Address(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

}  // namespace

DriverLauncher::DriverLauncher(void* stream) : driver_(Driver::Get()), stream_(stream) {
  void* current = nullptr;
  driver_.Check(driver_.CtxGetCurrent(&current), "cuCtxGetCurrent");
  driver_.Check(driver_.StreamGetCtx(stream_, &context_), "cuStreamGetCtx");
  // Usually so already: the runtime makes its device current on the threads it works in.
  if (current != context_) driver_.Check(driver_.CtxSetCurrent(context_), "cuCtxSetCurrent");
}

void DriverLauncher::Run(const Launch& launch) {
  constexpr i64 kMostX = (i64{1} << 31) - 1;
  constexpr i64 kMostYZ = 65535;
  if (launch.grid.x > kMostX || launch.grid.y > kMostYZ || launch.grid.z > kMostYZ) {
    Fail(
        launch.kernel,
        ": expected a grid of at most 2^31-1 x 65535 x 65535 blocks, got ",
        launch.grid.x,
        " x ",
        launch.grid.y,
        " x ",
        launch.grid.z);
  }
  void* function = AllModules().Function(driver_, context_, launch);
  // The driver copies the struct during the call and only reads it.
  void* params[] = {const_cast<void*>(launch.params)};
  driver_.Check(
      driver_.LaunchKernel(
          function,
          static_cast<unsigned>(launch.grid.x),
          static_cast<unsigned>(launch.grid.y),
          static_cast<unsigned>(launch.grid.z),
          static_cast<unsigned>(launch.threads),
          1,
          1,
          static_cast<unsigned>(launch.shared_bytes),
          stream_,
          params,
          nullptr),
      launch.kernel);
}

void DriverLauncher::Copy(void* to, const void* from, i64 bytes) {
  if (bytes == 0) return;
  driver_.Check(
      driver_.MemcpyDtoDAsync(Address(to), Address(from), static_cast<size_t>(bytes), stream_),
      "cuMemcpyDtoDAsync");
}

void DriverLauncher::Clear(void* to, i64 bytes) {
  if (bytes == 0) return;
  driver_.Check(
      driver_.MemsetD8Async(Address(to), 0, static_cast<size_t>(bytes), stream_),
      "cuMemsetD8Async");
}

}  // namespace rationale::cuda
