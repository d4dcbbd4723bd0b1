// Opaque JS objects that own a native object. In: a shared_ptr. Out: an object with no properties,
// type-tagged so that a handle of another kind (or any other object) is refused, whose finalizer
// drops the reference.
#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "ort/engine.h"

namespace rationale::binding {

/// What a handle owns, and its tag. One specialisation per kind of handle.
template <typename T>
struct HandleKind;

template <>
struct HandleKind<ort::Buffer> {
  static constexpr const char* kName = "buffer";
  static constexpr napi_type_tag kTag{0x7261746e6c2d6275, 0x66666572};
};
template <>
struct HandleKind<ort::Value> {
  static constexpr const char* kName = "value";
  static constexpr napi_type_tag kTag{0x7261746e6c2d7661, 0x6c7565};
};
template <>
struct HandleKind<ort::Session> {
  static constexpr const char* kName = "session";
  static constexpr napi_type_tag kTag{0x7261746e6c2d7365, 0x7373696f6e};
};
template <>
struct HandleKind<ort::Binding> {
  static constexpr const char* kName = "binding";
  static constexpr napi_type_tag kTag{0x7261746e6c2d6269, 0x6e64696e67};
};
template <>
struct HandleKind<ort::Cancel> {
  static constexpr const char* kName = "cancel token";
  static constexpr napi_type_tag kTag{0x7261746e6c2d6361, 0x6e63656c};
};

inline void CheckNapi(Napi::Env env, napi_status status) {
  if (status != napi_ok) throw Napi::Error::New(env);
}

template <typename T>
Napi::Object MakeHandle(Napi::Env env, std::shared_ptr<T> pointer) {
  Napi::Object object = Napi::Object::New(env);
  auto owner = std::make_unique<std::shared_ptr<T>>(std::move(pointer));
  const auto finalize = [](napi_env, void* data, void*) {
    std::unique_ptr<std::shared_ptr<T>>(static_cast<std::shared_ptr<T>*>(data)).reset();
  };
  CheckNapi(env, napi_wrap(env, object, owner.get(), finalize, nullptr, nullptr));
  owner.release();  // Owned by the object now, which gives it to `finalize`.
  CheckNapi(env, napi_type_tag_object(env, object, &HandleKind<T>::kTag));
  return object;
}

/// @throws ort::Error native/invalid-argument when `value` is not such a handle.
template <typename T>
std::shared_ptr<T> FromHandle(const Napi::Value& value, const char* op, const std::string& what) {
  bool matches = false;
  void* data = nullptr;
  if (value.IsObject() &&
      napi_check_object_type_tag(value.Env(), value, &HandleKind<T>::kTag, &matches) == napi_ok &&
      matches && napi_unwrap(value.Env(), value, &data) == napi_ok) {
    return *static_cast<std::shared_ptr<T>*>(data);
  }
  throw ort::Error(
      "native/invalid-argument",
      std::string("[") + op + "] " + what + ": expected a " + HandleKind<T>::kName + " handle");
}

}  // namespace rationale::binding
