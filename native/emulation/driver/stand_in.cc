// A stand-in for libcuda.so.1: the driver functions of cuda/driver.h over host memory, with kernels
// run by the emulation. Checks what a driver would: images that are ELF or PTX, shared memory that
// was asked for, calls with the context and stream of this GPU, an 8.6.
#include <cstdint>
#include <cstring>
#include <map>
#include <string>

#include "emulation/emulated_launcher.h"

namespace {

using rationale::cuda::emulation::EmulatedLauncher;

int context = 0;
int stream = 0;
int module = 0;
void* current = nullptr;
std::map<std::string, int> shared_allowed;  // by kernel name; a function handle points to the key

constexpr int kInvalidValue = 1;
constexpr int kInvalidImage = 200;
constexpr int kInvalidContext = 201;
constexpr int kNotFound = 500;

}  // namespace

extern "C" {

/// The handle that tests open a launcher with.
void* RationaleStandInStream() { return &stream; }

int cuInit(unsigned) { return 0; }
int cuGetErrorString(int code, const char** text) {
  *text = code == kInvalidImage ? "invalid image" : "stand-in error";
  return 0;
}
int cuCtxGetCurrent(void** to) {
  *to = current;
  return 0;
}
int cuCtxSetCurrent(void* to) {
  current = to;
  return 0;
}
int cuCtxGetDevice(int* device) {
  *device = 0;
  return current == &context ? 0 : kInvalidContext;
}
int cuStreamGetCtx(void* of, void** to) {
  *to = &context;
  return of == &stream ? 0 : kInvalidValue;
}
int cuDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 75 ? 8 : attribute == 76 ? 6 : attribute == 97 ? 99 << 10 : -1;
  return *value < 0 ? kInvalidValue : 0;
}
int cuModuleLoadData(void** to, const void* image) {
  const auto* text = static_cast<const char*>(image);
  if (std::memcmp(text, "\177ELF", 4) != 0 && std::strstr(text, ".version") == nullptr) {
    return kInvalidImage;
  }
  *to = &module;
  return current == &context ? 0 : kInvalidContext;
}
int cuModuleGetFunction(void** function, void* of, const char* name) {
  if (of != &module || EmulatedLauncher::ModuleOf(name).empty()) return kNotFound;
  *function = const_cast<char*>(shared_allowed.emplace(name, 48 << 10).first->first.c_str());
  return 0;
}
int cuFuncSetAttribute(void* function, int attribute, int value) {
  if (attribute != 8) return kInvalidValue;
  shared_allowed[static_cast<const char*>(function)] = value;
  return 0;
}
int cuLaunchKernel(
    void* function,
    unsigned grid_x,
    unsigned grid_y,
    unsigned grid_z,
    unsigned block_x,
    unsigned block_y,
    unsigned block_z,
    unsigned shared_bytes,
    void* on,
    void** params,
    void** extra) {
  const std::string name = static_cast<const char*>(function);
  if (on != &stream || block_y != 1 || block_z != 1 || extra != nullptr) return kInvalidValue;
  if (static_cast<int>(shared_bytes) > shared_allowed.at(name)) return kInvalidValue;
  const std::string of = EmulatedLauncher::ModuleOf(name);
  EmulatedLauncher().Run(
      {of.c_str(),
       name.c_str(),
       {grid_x, grid_y, grid_z},
       static_cast<int>(block_x),
       shared_bytes,
       params[0],
       EmulatedLauncher::ParamsBytes(name)});
  return 0;
}
int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void* on) {
  std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
  return on == &stream ? 0 : kInvalidValue;
}
int cuMemsetD8Async(uint64_t to, unsigned char byte, size_t count, void* on) {
  std::memset(reinterpret_cast<void*>(to), byte, count);
  return on == &stream ? 0 : kInvalidValue;
}

}  // extern "C"
