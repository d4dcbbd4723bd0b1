// See compiler.h: the cache folder and the choice of a compiler.
#include "cuda/compiler.h"

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "cuda/nvcc.h"
#include "cuda/nvrtc.h"
#include "cuda/sources.h"
#include "kernels/check.h"

namespace rationale::cuda {
namespace {

namespace fs = std::filesystem;

/// FNV-1a from a given start; two starts make a key of 128 bits.
uint64_t Hash(uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::string Key(const std::string& module, Arch arch) {
  uint64_t first = 0xcbf29ce484222325u;
  uint64_t second = 0x6c62272e07bb0142u;
  for (const SourceFile& file : EmbeddedSources()) {
    for (const std::string_view text : {file.path, std::string_view("\0", 1), file.text}) {
      first = Hash(first, text);
      second = Hash(second, text);
    }
  }
  char key[40];
  std::snprintf(
      key,
      sizeof key,
      "%016llx%016llx",
      static_cast<unsigned long long>(first),
      static_cast<unsigned long long>(second));
  return module + "-sm_" + std::to_string(arch) + "-" + key + ".bin";
}

std::string SourcePath(const std::string& module) {
  for (const SourceFile& file : EmbeddedSources()) {
    if (file.path.ends_with("/" + module + ".cu")) return std::string(file.path);
  }
  kernels::Fail("there is no kernel module ", module);
}

/// Best effort: without a cache every process compiles again. Put in place in one step, so that
/// another process never reads half an image.
void Store(const fs::path& path, const std::vector<char>& bytes) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  const fs::path part = path.string() + "." + std::to_string(getpid());
  {
    std::ofstream file(part, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.good()) return;
  }
  fs::rename(part, path, error);
  if (error) fs::remove(part, error);
}

}  // namespace

std::string CacheFolder() {
  if (const char* chosen = std::getenv("RATIONALE_KERNEL_CACHE")) return chosen;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && cache[0] == '/') {
    return std::string(cache) + "/rationale/kernels";
  }
  const char* home = std::getenv("HOME");
  return home == nullptr ? "" : std::string(home) + "/.cache/rationale/kernels";
}

std::string FindCompiler() {
  const std::string nvrtc = NvrtcVersion();
  return nvrtc.empty() ? FindNvcc() : nvrtc;
}

Image MakeImage(const std::string& module, Arch arch, bool fresh) {
  const std::string source = SourcePath(module);
  const std::string folder = CacheFolder();
  const fs::path path = fs::path(folder) / Key(module, arch);
  if (!folder.empty() && !fresh) {
    std::ifstream file(path, std::ios::binary);
    if (file) {
      std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
      if (!bytes.empty()) return {std::move(bytes), true};
    }
  }
  Image image;
  if (!NvrtcVersion().empty()) {
    image.bytes = CompileWithNvrtc(source, arch);
  } else if (const std::string nvcc = FindNvcc(); !nvcc.empty()) {
    image.bytes = CompileWithNvcc(nvcc, source, arch);
  } else {
    kernels::Fail(
        "the CUDA kernels cannot be compiled: expected libnvrtc (of CUDA 11.2 or newer) in the "
        "loader's path or nvcc on the PATH, got neither; install the CUDA toolkit's nvrtc package, "
        "or set RATIONALE_NVRTC to its file");
  }
  if (!folder.empty()) Store(path, image.bytes);
  return image;
}

}  // namespace rationale::cuda
