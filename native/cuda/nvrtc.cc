// See nvrtc.h. NOTE: written from NVRTC's documented interface; no NVRTC has compiled these sources
// yet (nvcc has).
#include "cuda/nvrtc.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>

#include "cuda/sources.h"
#include "kernels/check.h"

namespace rationale::cuda {
namespace {

using kernels::Fail;

/// The functions used; an nvrtcResult of 0 is success, an nvrtcProgram is a pointer.
struct Nvrtc {
  using Program = void*;

  int (*Version)(int*, int*) = nullptr;
  int (*GetNumSupportedArchs)(int*) = nullptr;
  int (*GetSupportedArchs)(int*) = nullptr;
  int (*CreateProgram)(
      Program*,
      const char* source,
      const char* name,
      int headers,
      const char* const* header_texts,
      const char* const* header_names) = nullptr;
  int (*CompileProgram)(Program, int options, const char* const*) = nullptr;
  int (*DestroyProgram)(Program*) = nullptr;
  int (*GetCubinSize)(Program, size_t*) = nullptr;
  int (*GetCubin)(Program, char*) = nullptr;
  int (*GetPtxSize)(Program, size_t*) = nullptr;
  int (*GetPtx)(Program, char*) = nullptr;
  int (*GetLogSize)(Program, size_t*) = nullptr;
  int (*GetLog)(Program, char*) = nullptr;
  const char* (*GetErrorString)(int) = nullptr;
  bool usable = false;

  void Check(int result, const char* call) const {
    if (result != 0) Fail(call, " failed: ", GetErrorString(result));
  }
};

void* OpenLibrary() {
  const char* chosen = std::getenv("RATIONALE_NVRTC");
  if (chosen != nullptr) return dlopen(chosen, RTLD_NOW | RTLD_LOCAL);
  for (const char* name :
       {"libnvrtc.so.12",
        "libnvrtc.so.13",
        "libnvrtc.so.11.2",
        "libnvrtc.so",
        "/usr/local/cuda/lib64/libnvrtc.so"}) {
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
  }
  return nullptr;
}

const Nvrtc& Get() {
  static const Nvrtc nvrtc = [] {
    Nvrtc n;
    void* library = OpenLibrary();
    if (library == nullptr) return n;
    n.usable = true;
    const auto resolve = [&](const char* name, auto& function) {
      function =
          reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
      if (function == nullptr) n.usable = false;  // Older than 11.2: no cubin, no list of GPUs.
    };
    resolve("nvrtcVersion", n.Version);
    resolve("nvrtcGetNumSupportedArchs", n.GetNumSupportedArchs);
    resolve("nvrtcGetSupportedArchs", n.GetSupportedArchs);
    resolve("nvrtcCreateProgram", n.CreateProgram);
    resolve("nvrtcCompileProgram", n.CompileProgram);
    resolve("nvrtcDestroyProgram", n.DestroyProgram);
    resolve("nvrtcGetCUBINSize", n.GetCubinSize);
    resolve("nvrtcGetCUBIN", n.GetCubin);
    resolve("nvrtcGetPTXSize", n.GetPtxSize);
    resolve("nvrtcGetPTX", n.GetPtx);
    resolve("nvrtcGetProgramLogSize", n.GetLogSize);
    resolve("nvrtcGetProgramLog", n.GetLog);
    resolve("nvrtcGetErrorString", n.GetErrorString);
    return n;
  }();
  return nvrtc;
}

/// NVRTC has no standard headers: <cstdint> is answered with the names the shared headers use, in
/// their own namespace, so that they cannot clash with what a later NVRTC may predefine.
constexpr const char* kCstdint =
    "#pragma once\n"
    "namespace rationale::kernels {\n"
    "using int32_t = int; using uint32_t = unsigned int;\n"
    "using int64_t = long long; using uint64_t = unsigned long long;\n"
    "}\n";

/// sm_<arch> when this NVRTC knows the GPU, else the newest virtual architecture below it.
std::string ArchOption(const Nvrtc& nvrtc, Arch arch, bool& is_cubin) {
  int count = 0;
  nvrtc.Check(nvrtc.GetNumSupportedArchs(&count), "nvrtcGetNumSupportedArchs");
  std::vector<int> known(static_cast<size_t>(count));
  nvrtc.Check(nvrtc.GetSupportedArchs(known.data()), "nvrtcGetSupportedArchs");
  is_cubin = std::find(known.begin(), known.end(), arch) != known.end();
  if (is_cubin) return "--gpu-architecture=sm_" + std::to_string(arch);
  Arch below = 0;
  for (const int k : known) below = k < arch ? std::max(below, k) : below;
  if (below == 0) {
    Fail("this NVRTC has no support for GPUs of compute capability ", arch / 10, ".", arch % 10);
  }
  return "--gpu-architecture=compute_" + std::to_string(below);
}

}  // namespace

std::string NvrtcVersion() {
  const Nvrtc& nvrtc = Get();
  int major = 0;
  int minor = 0;
  if (!nvrtc.usable || nvrtc.Version(&major, &minor) != 0) return "";
  return "NVRTC " + std::to_string(major) + "." + std::to_string(minor);
}

std::vector<char> CompileWithNvrtc(const std::string& path, Arch arch) {
  const Nvrtc& nvrtc = Get();
  if (!nvrtc.usable) Fail("no usable libnvrtc");
  std::vector<std::string> texts = {kCstdint};
  std::vector<std::string> names = {"cstdint"};
  std::string source;
  for (const SourceFile& file : EmbeddedSources()) {
    if (file.path == path) source = file.text;
    texts.emplace_back(file.text);
    names.emplace_back(file.path);
  }
  if (source.empty()) Fail("there is no kernel source ", path);
  std::vector<const char*> text_pointers;
  std::vector<const char*> name_pointers;
  for (const std::string& text : texts) text_pointers.push_back(text.c_str());
  for (const std::string& name : names) name_pointers.push_back(name.c_str());

  struct Owner {
    const Nvrtc& nvrtc;
    Nvrtc::Program program = nullptr;
    ~Owner() {
      if (program != nullptr) nvrtc.DestroyProgram(&program);
    }
  } owner{nvrtc};
  nvrtc.Check(
      nvrtc.CreateProgram(
          &owner.program,
          source.c_str(),
          path.c_str(),
          static_cast<int>(texts.size()),
          text_pointers.data(),
          name_pointers.data()),
      "nvrtcCreateProgram");
  bool is_cubin = false;
  const std::string target = ArchOption(nvrtc, arch, is_cubin);
  // Functions without a mark are constants of the host that the kernels never call.
  const char* options[] = {target.c_str(), "--std=c++17", "--device-as-default-execution-space"};
  const int result = nvrtc.CompileProgram(owner.program, 3, options);
  if (result != 0) {
    size_t size = 0;
    nvrtc.Check(nvrtc.GetLogSize(owner.program, &size), "nvrtcGetProgramLogSize");
    std::string log(size, '\0');
    nvrtc.Check(nvrtc.GetLog(owner.program, log.data()), "nvrtcGetProgramLog");
    Fail(NvrtcVersion(), " cannot compile ", path, " for ", target, ": ", log.c_str());
  }
  size_t size = 0;
  nvrtc.Check((is_cubin ? nvrtc.GetCubinSize : nvrtc.GetPtxSize)(owner.program, &size), "size");
  std::vector<char> image(size + 1, '\0');
  nvrtc.Check((is_cubin ? nvrtc.GetCubin : nvrtc.GetPtx)(owner.program, image.data()), "image");
  return image;
}

}  // namespace rationale::cuda
