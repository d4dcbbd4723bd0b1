// Reads the one options object a binding function takes. Every getter says, in an error with the
// [op] tag, which property is wrong and what was expected.
#pragma once

#include <napi.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "binding/handle.h"

namespace rationale::binding {

class Options {
 public:
  /// @throws ort::Error native/invalid-argument when the first argument is not an object.
  Options(const Napi::CallbackInfo& info, const char* op);

  Napi::Value Get(const char* name) const { return object_.Get(name); }
  bool Has(const char* name) const { return !object_.Get(name).IsUndefined(); }
  /// An integer in [low, high].
  int64_t Int(const char* name, int64_t low, int64_t high) const;
  int64_t Size(const char* name) const { return Int(name, 0, kMaxSafe); }
  bool Bool(const char* name) const;
  std::string String(const char* name) const;
  std::map<std::string, std::string> Strings(const char* name) const;
  ort::ElementType DType(const char* name) const;
  ort::Shape Dims(const char* name) const;
  /// The bytes of a typed array or DataView; valid during the call.
  std::span<uint8_t> Bytes(const char* name) const;
  template <typename T>
  std::shared_ptr<T> Handle(const char* name) const {
    return FromHandle<T>(Get(name), op_, name);
  }
  template <typename T>
  std::vector<std::shared_ptr<T>> Handles(const char* name) const {
    const Napi::Array array = Array(name);
    std::vector<std::shared_ptr<T>> result;
    for (uint32_t i = 0; i < array.Length(); ++i) {
      result.push_back(
          FromHandle<T>(array.Get(i), op_, std::string(name) + "[" + std::to_string(i) + "]"));
    }
    return result;
  }
  [[noreturn]] void Fail(const std::string& what) const;

 private:
  static constexpr int64_t kMaxSafe = (int64_t{1} << 53) - 1;
  Napi::Array Array(const char* name) const;
  int64_t ToInt(const Napi::Value& value, const std::string& name, int64_t low, int64_t high) const;

  const char* op_;
  Napi::Object object_;
};

}  // namespace rationale::binding
