// The typed door to the ONNX Runtime C ABI: `Api` calls slots of the function table and turns a
// status into a C++ exception; `Error` carries the project's error code; `Owned` frees a handle.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ort/slots.h"
#include "ort/types.h"

namespace rationale::ort {

/// Thrown by everything under native/; the one N-API wrapper turns it into a JS error with `code`.
/// Codes are those of src/shared/errors.ts ("failed"); the message starts with an [op] tag.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message, std::string hint = {})
      : std::runtime_error(message), code_(std::move(code)), hint_(std::move(hint)) {}
  const std::string& code() const { return code_; }
  const std::string& hint() const { return hint_; }
  /// The same error with `tag` ("[run] ") before its message, unless it has a tag already.
  Error Tagged(const std::string& tag) const {
    const std::string message = what();
    return Error(code_, message.starts_with('[') ? message : tag + message, hint_);
  }

 private:
  std::string code_;
  std::string hint_;
};

/// A view of the function table; copied freely, valid while the library is open.
class Api {
 public:
  Api() = default;
  explicit Api(const OrtApi* table) : table_(reinterpret_cast<const void* const*>(table)) {}

  /// Calls a slot and returns what it returns (statuses are the caller's to release).
  template <size_t I, typename R, typename... A>
  R Raw(Slot<I, R(A...)>, std::type_identity_t<A>... args) const {
    return reinterpret_cast<R (*)(A...)>(const_cast<void*>(table_[I]))(args...);
  }

  /// Calls a slot; a failed status becomes an `Error` whose message is the library's.
  template <size_t I, typename R, typename... A>
  auto Call(Slot<I, R(A...)> slot, std::type_identity_t<A>... args) const {
    if constexpr (std::is_same_v<R, OrtStatus*>) {
      Check(Raw(slot, args...));
    } else {
      return Raw(slot, args...);
    }
  }

  /// Throws for a failed status and releases it. NOTE: consumes `status`.
  void Check(OrtStatus* status) const {
    if (status == nullptr) return;
    const auto code = static_cast<ErrorCode>(Raw(slot::GetErrorCode, status));
    const std::string message = Readable(Raw(slot::GetErrorMessage, status));
    Raw(slot::ReleaseStatus, status);
    throw Error(CodeFor(code, message), message);
  }

  /// A status for returning an exception through the C boundary.
  OrtStatus* Status(ErrorCode code, std::string_view message) const {
    return Raw(slot::CreateStatus, code, std::string(message).c_str());
  }

  explicit operator bool() const { return table_ != nullptr; }

 private:
  /// Drops the library's build paths and trailing line breaks from a message.
  static std::string Readable(std::string message) {
    constexpr std::string_view kMark = "[ONNXRuntimeError] : ";
    const size_t mark = message.rfind(kMark);
    if (mark != std::string::npos) message.erase(0, mark + kMark.size());
    while (!message.empty() && message.back() == '\n') message.pop_back();
    return message;
  }

  static std::string CodeFor(ErrorCode code, std::string_view message) {
    if (message.find("Failed to allocate memory") != std::string_view::npos ||
        message.find("bad_alloc") != std::string_view::npos ||
        message.find("out of memory") != std::string_view::npos) {
      return "engine/out-of-memory";
    }
    return code == kNotImplemented ? "unsupported" : "native/failed";
  }

  const void* const* table_ = nullptr;
};

/// Unique ownership of a handle that a table slot releases.
template <typename T>
class Owned {
 public:
  using Release = void (*)(const Api&, T*);
  Owned() = default;
  Owned(Api api, T* handle, Release release) : api_(api), handle_(handle), release_(release) {}
  Owned(Owned&& other) noexcept
      : api_(other.api_),
        handle_(std::exchange(other.handle_, nullptr)),
        release_(other.release_) {}
  Owned& operator=(Owned&& other) noexcept {
    if (this != &other) {
      Reset();
      api_ = other.api_;
      handle_ = std::exchange(other.handle_, nullptr);
      release_ = other.release_;
    }
    return *this;
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { Reset(); }

  T* get() const { return handle_; }
  explicit operator bool() const { return handle_ != nullptr; }
  void Reset() {
    if (handle_ != nullptr) release_(api_, std::exchange(handle_, nullptr));
  }

 private:
  Api api_;
  T* handle_ = nullptr;
  Release release_ = nullptr;
};

/// Takes ownership of `handle`, to be released by `Slot` (one of slot::Release...).
template <auto& ReleaseSlot, typename T>
Owned<T> Own(const Api& api, T* handle) {
  return Owned<T>(api, handle, [](const Api& a, T* h) { a.Raw(ReleaseSlot, h); });
}

/// Bytes of one element.
constexpr int64_t ElementSize(ElementType type) {
  switch (type) {
    case kU8:
    case kBool:
      return 1;
    case kF16:
    case kBf16:
      return 2;
    case kF32:
    case kI32:
      return 4;
    case kF64:
    case kI64:
      return 8;
    case kUndefined:
      break;
  }
  return 0;
}

/// The project's name of a dtype ("f32"), or "?" for one it does not use.
constexpr const char* ElementName(ElementType type) {
  switch (type) {
    case kF32:
      return "f32";
    case kF64:
      return "f64";
    case kF16:
      return "f16";
    case kBf16:
      return "bf16";
    case kI32:
      return "i32";
    case kI64:
      return "i64";
    case kU8:
      return "u8";
    case kBool:
      return "bool";
    case kUndefined:
      break;
  }
  return "?";
}

}  // namespace rationale::ort
