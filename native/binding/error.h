// The one place where C++ exceptions stop. `Guarded` runs a binding function; an ort::Error becomes
// a JS Error (TypeError for a bad argument) with `code` and, if there is one, `hint`.
#pragma once

#include <napi.h>

#include <new>

#include "ort/abi.h"

namespace rationale::binding {

inline Napi::Error ToJs(Napi::Env env, const ort::Error& error) {
  Napi::Error result = error.code() == "native/invalid-argument"
                           ? Napi::Error(Napi::TypeError::New(env, error.what()))
                           : Napi::Error::New(env, error.what());
  result.Set("code", Napi::String::New(env, error.code()));
  if (!error.hint().empty()) result.Set("hint", Napi::String::New(env, error.hint()));
  return result;
}

/// Any C++ exception as an ort::Error.
inline ort::Error ToError(const std::exception& exception) {
  if (const auto* error = dynamic_cast<const ort::Error*>(&exception)) return *error;
  if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr) {
    return ort::Error("engine/out-of-memory", "[native] the host is out of memory");
  }
  return ort::Error("native/failed", std::string("[native] ") + exception.what());
}

template <typename Body>
auto Guarded(Napi::Env env, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const Napi::Error&) {
    throw;  // Already a JS exception: node-addon-api carries it over.
  } catch (const std::exception& exception) {
    throw ToJs(env, ToError(exception));
  }
}

}  // namespace rationale::binding
