// See runtime.h. Every method: read the options, call the engine, hand the result back.
#include "binding/runtime.h"

#include <algorithm>

#include "binding/error.h"
#include "binding/options.h"
#include "kernels/isa.h"
#include "kernels/registry.h"

namespace rationale::binding {
namespace {

/// A buffer whose size is reported to the garbage collector, so that forgotten tensors put pressure
/// on it. Used and destroyed on the JS thread only.
class ReportedBuffer final : public ort::Buffer {
 public:
  ReportedBuffer(Napi::Env env, const std::shared_ptr<ort::Engine>& engine, int64_t bytes)
      : ort::Buffer(engine, engine->memory(), bytes), env_(env) {
    Napi::MemoryManagement::AdjustExternalMemory(env_, bytes);
  }
  ~ReportedBuffer() { Forget(); }
  void Forget() {
    if (std::exchange(reported_, false))
      Napi::MemoryManagement::AdjustExternalMemory(env_, -size());
  }

 private:
  Napi::Env env_;
  bool reported_ = true;
};

/// Runs bindings on a worker thread and settles a promise.
class RunWorker final : public Napi::AsyncWorker {
 public:
  RunWorker(
      Napi::Env env,
      std::vector<std::shared_ptr<ort::Binding>> bindings,
      std::vector<std::shared_ptr<ort::Cancel>> stops)
      : AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        run_(std::move(bindings), std::move(stops)) {}
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      run_.Execute();
    } catch (const std::exception& exception) {
      failure_ = ToError(exception);
    }
  }
  void OnOK() override {
    if (failure_) {
      deferred_.Reject(ToJs(Env(), *failure_).Value());
    } else {
      deferred_.Resolve(Env().Undefined());
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  ort::Run run_;
  std::optional<ort::Error> failure_;
};

Napi::Array SpecArray(Napi::Env env, const std::vector<ort::ValueSpec>& specs) {
  Napi::Array result = Napi::Array::New(env, specs.size());
  for (size_t i = 0; i < specs.size(); ++i) {
    Napi::Object spec = Napi::Object::New(env);
    spec.Set("name", specs[i].name);
    spec.Set("dtype", ort::ElementName(specs[i].dtype));
    Napi::Array shape = Napi::Array::New(env, specs[i].shape.size());
    for (size_t d = 0; d < specs[i].shape.size(); ++d) {
      shape.Set(static_cast<uint32_t>(d), static_cast<double>(specs[i].shape[d]));
    }
    spec.Set("shape", shape);
    result.Set(static_cast<uint32_t>(i), spec);
  }
  return result;
}

}  // namespace

Napi::Function Runtime::Class(Napi::Env env) {
  return DefineClass(
      env,
      "NativeRuntime",
      {InstanceMethod<&Runtime::Info>("info"),
       InstanceMethod<&Runtime::Capabilities>("capabilities"),
       InstanceMethod<&Runtime::Allocate>("allocate"),
       InstanceMethod<&Runtime::Release>("release"),
       InstanceMethod<&Runtime::Write>("write"),
       InstanceMethod<&Runtime::Read>("read"),
       InstanceMethod<&Runtime::Fill>("fill"),
       InstanceMethod<&Runtime::MakeValue>("value"),
       InstanceMethod<&Runtime::MakeSession>("session"),
       InstanceMethod<&Runtime::Describe>("describe"),
       InstanceMethod<&Runtime::Bind>("bind"),
       InstanceMethod<&Runtime::CancelToken>("cancelToken"),
       InstanceMethod<&Runtime::Cancel>("cancel"),
       InstanceMethod<&Runtime::Run>("run"),
       InstanceMethod<&Runtime::RunSync>("runSync"),
       InstanceMethod<&Runtime::EndProfiling>("endProfiling"),
       InstanceMethod<&Runtime::Close>("close")});
}

Napi::Value Runtime::Open(const Napi::CallbackInfo& info, const Napi::FunctionReference& type) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const Options options(info, "open");
    ort::EngineOptions engine;
    engine.library = options.String("library");
    engine.threads = static_cast<int>(options.Int("threads", 1, 1024));
    const std::string device = options.String("device");
    if (device == "cuda") {
      engine.device = ort::Device::kCuda;
    } else if (device != "cpu") {
      options.Fail("device: expected cpu or cuda, got '" + device + "'");
    }
    if (options.Has("cuda")) engine.cuda = options.Strings("cuda");
    if (options.Has("isa")) kernels::SetIsaCap(static_cast<int>(options.Int("isa", 0, 2)));
    auto opened = ort::Engine::Open(engine, kernels::RegisteredOps(engine.device));
    const Napi::Object object = type.New({});
    Runtime::Unwrap(object)->engine_ = std::move(opened);
    return object;
  });
}

Runtime::Runtime(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Runtime>(info) {}

const std::shared_ptr<ort::Engine>& Runtime::engine(const char* op) const {
  if (!engine_) {
    throw ort::Error("native/invalid-argument", std::string("[") + op + "] the runtime is closed");
  }
  return engine_;
}

Napi::Value Runtime::Info(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const ort::Library& library = engine("info")->library();
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("version", library.version());
    result.Set("build", library.build_info());
    result.Set("apiVersion", library.api_version());
    Napi::Array providers = Napi::Array::New(info.Env());
    for (const std::string& name : library.providers()) {
      providers.Set(providers.Length(), Napi::String::New(info.Env(), name));
    }
    result.Set("providers", providers);
    result.Set("isa", kernels::IsaName(kernels::ActiveIsa()));
    return result;
  });
}

Napi::Value Runtime::Capabilities(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Env env = info.Env();
    Napi::Array result = Napi::Array::New(env);
    std::map<std::string, Napi::Array> by_name;
    for (const auto& op : engine("capabilities")->ops()) {
      const ort::OpSpec& spec = op->spec();
      auto found = by_name.find(spec.name);
      if (found == by_name.end()) {
        Napi::Object entry = Napi::Object::New(env);
        found = by_name.emplace(spec.name, Napi::Array::New(env)).first;
        entry.Set("op", spec.name);
        entry.Set("device", spec.device == ort::Device::kCuda ? "cuda" : "cpu");
        entry.Set("dtypes", found->second);
        result.Set(result.Length(), entry);
      }
      // An op of several dtypes is registered once for each; its first input tells them apart.
      const char* dtype = ort::ElementName(spec.inputs.at(0).dtype);
      found->second.Set(found->second.Length(), Napi::String::New(env, dtype));
    }
    return result;
  });
}

Napi::Value Runtime::Allocate(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const Options options(info, "allocate");
    const int64_t bytes = options.Size("byteLength");
    std::shared_ptr<ort::Buffer> buffer =
        std::make_shared<ReportedBuffer>(info.Env(), engine("allocate"), bytes);
    return MakeHandle(info.Env(), std::move(buffer));
  });
}

void Runtime::Release(const Napi::CallbackInfo& info) {
  Guarded(info.Env(), [&] {
    const auto buffer = FromHandle<ort::Buffer>(info[0], "release", "buffer");
    buffer->Release();
    // Every buffer behind a handle was made by Allocate.
    static_cast<ReportedBuffer&>(*buffer).Forget();
  });
}

void Runtime::Write(const Napi::CallbackInfo& info) {
  Guarded(info.Env(), [&] {
    const Options options(info, "write");
    const auto buffer = options.Handle<ort::Buffer>("buffer");
    const std::span<uint8_t> data = options.Bytes("data");
    const auto bytes = static_cast<int64_t>(data.size());
    char* to = buffer->At(options.Size("byteOffset"), bytes, "write");
    if (bytes > 0) buffer->memory().Write(to, data.data(), bytes);
  });
}

void Runtime::Read(const Napi::CallbackInfo& info) {
  Guarded(info.Env(), [&] {
    const Options options(info, "read");
    const auto buffer = options.Handle<ort::Buffer>("buffer");
    const std::span<uint8_t> into = options.Bytes("into");
    const auto bytes = static_cast<int64_t>(into.size());
    const char* from = buffer->At(options.Size("byteOffset"), bytes, "read");
    if (bytes > 0) buffer->memory().Read(into.data(), from, bytes);
  });
}

void Runtime::Fill(const Napi::CallbackInfo& info) {
  Guarded(info.Env(), [&] {
    const Options options(info, "fill");
    const auto buffer = options.Handle<ort::Buffer>("buffer");
    const int64_t bytes = options.Size("byteLength");
    char* to = buffer->At(options.Size("byteOffset"), bytes, "fill");
    const auto byte = static_cast<uint8_t>(options.Int("byte", 0, 255));
    if (bytes > 0) buffer->memory().Fill(to, byte, bytes);
  });
}

Napi::Value Runtime::MakeValue(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const Options options(info, "value");
    return MakeHandle(
        info.Env(),
        std::make_shared<ort::Value>(
            *engine("value"),
            options.Handle<ort::Buffer>("buffer"),
            options.Size("byteOffset"),
            options.DType("dtype"),
            options.Dims("shape")));
  });
}

Napi::Value Runtime::MakeSession(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const Options options(info, "session");
    ort::SessionConfig config;
    config.model = options.Bytes("model");
    if (options.Has("profile")) config.profile = options.String("profile");
    if (options.Has("optimization")) {
      config.optimization = static_cast<int>(options.Int("optimization", 0, 99));
    }
    if (options.Has("memoryPattern")) config.memory_pattern = options.Bool("memoryPattern");
    if (options.Has("config")) config.entries = options.Strings("config");
    return MakeHandle(info.Env(), std::make_shared<ort::Session>(engine("session"), config));
  });
}

Napi::Value Runtime::Describe(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const auto session = FromHandle<ort::Session>(info[0], "describe", "session");
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("inputs", SpecArray(info.Env(), session->inputs()));
    result.Set("outputs", SpecArray(info.Env(), session->outputs()));
    return result;
  });
}

Napi::Value Runtime::Bind(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const Options options(info, "bind");
    return MakeHandle(
        info.Env(),
        std::make_shared<ort::Binding>(
            options.Handle<ort::Session>("session"),
            options.Handles<ort::Value>("inputs"),
            options.Handles<ort::Value>("outputs")));
  });
}

Napi::Value Runtime::CancelToken(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    return MakeHandle(info.Env(), std::make_shared<ort::Cancel>());
  });
}

void Runtime::Cancel(const Napi::CallbackInfo& info) {
  Guarded(info.Env(), [&] { FromHandle<ort::Cancel>(info[0], "cancel", "token")->Trip(); });
}

Napi::Value Runtime::Run(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const Options options(info, "run");
    std::vector<std::shared_ptr<ort::Cancel>> stops = {engine("run")->closing()};
    if (options.Has("cancel")) stops.push_back(options.Handle<ort::Cancel>("cancel"));
    auto worker = std::make_unique<RunWorker>(
        info.Env(), options.Handles<ort::Binding>("bindings"), std::move(stops));
    const Napi::Promise promise = worker->promise();
    worker->Queue();
    worker.release();  // An AsyncWorker destroys itself when it is done.
    return promise;
  });
}

void Runtime::RunSync(const Napi::CallbackInfo& info) {
  Guarded(info.Env(), [&] {
    const Options options(info, "runSync");
    engine("runSync");
    ort::Run(options.Handles<ort::Binding>("bindings"), {}).Execute();
  });
}

Napi::Value Runtime::EndProfiling(const Napi::CallbackInfo& info) {
  return Guarded(info.Env(), [&]() -> Napi::Value {
    const auto session = FromHandle<ort::Session>(info[0], "endProfiling", "session");
    return Napi::String::New(info.Env(), session->EndProfiling());
  });
}

void Runtime::Close(const Napi::CallbackInfo&) {
  if (engine_) engine_->closing()->Trip();
  engine_.reset();
}

}  // namespace rationale::binding
