// See library.h.
#include "ort/library.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdio>

namespace rationale::ort {
namespace {

std::string LastLoaderMessage() {
  const char* message = dlerror();
  return message == nullptr ? "unknown loader error" : message;
}

}  // namespace

uint32_t NegotiateApiVersion(const std::string& version) {
  unsigned major = 0;
  unsigned minor = 0;
  if (std::sscanf(version.c_str(), "%u.%u", &major, &minor) != 2) return 0;
  // Releases are 1.N with API version N; a 2.x would still hold the append-only table.
  if (major > 1) return kApiVersion;
  if (major < 1 || minor < kMinApiVersion) return 0;
  return std::min<uint32_t>(minor, kApiVersion);
}

std::shared_ptr<const Library> Library::Open(const std::string& path) {
  // NOTE: never closed. The library keeps threads and statics that do not survive dlclose.
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    throw Error(
        "native/library-missing",
        "[open] cannot load ONNX Runtime: " + LastLoaderMessage(),
        "npm ci installs onnxruntime-node, which ships libonnxruntime");
  }
  void* symbol = dlsym(handle, "OrtGetApiBase");
  if (symbol == nullptr) {
    throw Error(
        "native/library-missing",
        "[open] " + path + " does not export OrtGetApiBase: not an ONNX Runtime library");
  }
  const ApiBase* base = reinterpret_cast<const ApiBase* (*)()>(symbol)();
  std::shared_ptr<Library> library(new Library());  // The constructor is private.
  library->path_ = path;
  library->version_ = base->GetVersionString();
  library->api_version_ = NegotiateApiVersion(library->version_);
  const OrtApi* table = library->api_version_ == 0 ? nullptr : base->GetApi(library->api_version_);
  if (table == nullptr) {
    throw Error(
        "native/version",
        "[open] ONNX Runtime " + library->version_ + " at " + path + " is too old: need 1." +
            std::to_string(kMinApiVersion) + " or newer",
        "npm ci installs the version this project is tested with");
  }
  library->api_ = Api(table);
  return library;
}

std::vector<std::string> Library::providers() const {
  char** names = nullptr;
  int count = 0;
  api_.Call(slot::GetAvailableProviders, &names, &count);
  std::vector<std::string> result(names, names + count);
  api_.Call(slot::ReleaseAvailableProviders, names, count);
  return result;
}

std::string LoadError(const std::string& name) {
  void* handle = dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (handle == nullptr) return LastLoaderMessage();
  dlclose(handle);
  return {};
}

}  // namespace rationale::ort
