// Opens libonnxruntime and agrees on an API version with it. In: an absolute path. Out: the
// function table and what the library says about itself; typed errors when it is missing or too
// old.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ort/abi.h"

namespace rationale::ort {

class Library {
 public:
  /// @throws Error native/library-missing (not loadable), native/version (older than 1.23).
  static std::shared_ptr<const Library> Open(const std::string& path);

  const Api& api() const { return api_; }
  const std::string& path() const { return path_; }
  const std::string& version() const { return version_; }  ///< "1.30.0"
  uint32_t api_version() const { return api_version_; }
  std::string build_info() const { return api_.Raw(slot::GetBuildInfoString); }
  /// Execution providers compiled in (their files may still be missing).
  std::vector<std::string> providers() const;

 private:
  Library() = default;

  Api api_;
  std::string path_;
  std::string version_;
  uint32_t api_version_ = 0;
};

/// Why the dynamic loader cannot load `name`, or an empty string when it can.
std::string LoadError(const std::string& name);

/// The API version to ask for, given the library's version string; 0 when it is too old.
uint32_t NegotiateApiVersion(const std::string& version);

}  // namespace rationale::ort
