// The JS object behind `NativeRuntime` of src/engine/native/binding.ts: one engine and its methods.
#pragma once

#include <napi.h>

#include <memory>

#include "ort/engine.h"

namespace rationale::binding {

class Runtime final : public Napi::ObjectWrap<Runtime> {
 public:
  static Napi::Function Class(Napi::Env env);
  /// `addon.open(options)`. @throws JS Error native/library-missing, native/version,
  /// native/provider-missing, native/invalid-argument.
  static Napi::Value Open(const Napi::CallbackInfo& info, const Napi::FunctionReference& type);

  explicit Runtime(const Napi::CallbackInfo& info);

 private:
  Napi::Value Info(const Napi::CallbackInfo& info);
  Napi::Value Capabilities(const Napi::CallbackInfo& info);
  Napi::Value Allocate(const Napi::CallbackInfo& info);
  void Release(const Napi::CallbackInfo& info);
  void Write(const Napi::CallbackInfo& info);
  void Read(const Napi::CallbackInfo& info);
  void Fill(const Napi::CallbackInfo& info);
  Napi::Value MakeValue(const Napi::CallbackInfo& info);
  Napi::Value MakeSession(const Napi::CallbackInfo& info);
  Napi::Value Describe(const Napi::CallbackInfo& info);
  Napi::Value Bind(const Napi::CallbackInfo& info);
  Napi::Value CancelToken(const Napi::CallbackInfo& info);
  void Cancel(const Napi::CallbackInfo& info);
  Napi::Value Run(const Napi::CallbackInfo& info);
  void RunSync(const Napi::CallbackInfo& info);
  Napi::Value EndProfiling(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  /// @throws ort::Error native/invalid-argument after close().
  const std::shared_ptr<ort::Engine>& engine(const char* op) const;

  std::shared_ptr<ort::Engine> engine_;
};

}  // namespace rationale::binding
