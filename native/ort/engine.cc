// See engine.h: environment, engine and sessions. Values, bindings and runs are in run.cc.
#include "ort/engine.h"

namespace rationale::ort {
namespace {

// Only fatal messages are logged: errors reach the caller as exceptions.
constexpr int kLogFatal = 4;
constexpr const char* kDomain = "rationale";

/// An ONNX model of one Identity over f32 [1]; used to bring up the CUDA provider.
std::vector<uint8_t> IdentityModel() {
  const auto field = [](int number, const std::string& bytes) {
    return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
  };
  const auto integer = [](int number, int value) {
    return std::string{static_cast<char>(number << 3), static_cast<char>(value)};
  };
  const std::string shape = field(2, field(1, integer(1, 1)));
  const std::string type = field(1, integer(1, kF32) + shape);
  const std::string node = field(1, "x") + field(2, "y") + field(4, "Identity");
  const std::string graph = field(1, node) + field(2, "identity") +
                            field(11, field(1, "x") + field(2, type)) +
                            field(12, field(1, "y") + field(2, type));
  const std::string model = integer(1, 8) + field(7, graph) + field(8, integer(2, 17));
  return {model.begin(), model.end()};
}

/// One arena for all sessions of the environment: they run one after the other, so it only grows to
/// the largest of them. Extended by what is asked for, not in powers of two.
void RegisterSharedArena(const Api& api, OrtEnv* env) {
  OrtMemoryInfo* info = nullptr;
  api.Call(slot::CreateCpuMemoryInfo, kArenaAllocator, kMemDefault, &info);
  const auto owned_info = Own<slot::ReleaseMemoryInfo>(api, info);
  const char* keys[] = {"arena_extend_strategy"};
  const size_t values[] = {1};
  OrtArenaCfg* arena = nullptr;
  api.Call(slot::CreateArenaCfgV2, keys, values, 1, &arena);
  const auto owned_arena = Own<slot::ReleaseArenaCfg>(api, arena);
  OrtStatus* status = api.Raw(
      slot::CreateAndRegisterAllocatorV2,
      env,
      "CPUExecutionProvider",
      info,
      arena,
      nullptr,
      nullptr,
      0);
  // Fails when this process's environment already has one, which serves as well.
  if (status != nullptr) api.Raw(slot::ReleaseStatus, status);
}

ValueSpec ReadSpec(const Api& api, OrtSession* session, size_t index, bool is_input) {
  OrtAllocator* allocator = nullptr;
  api.Call(slot::GetAllocatorWithDefaultOptions, &allocator);
  ValueSpec spec;
  char* name = nullptr;
  if (is_input) {
    api.Call(slot::SessionGetInputName, session, index, allocator, &name);
  } else {
    api.Call(slot::SessionGetOutputName, session, index, allocator, &name);
  }
  spec.name = name;
  api.Call(slot::AllocatorFree, allocator, name);
  OrtTypeInfo* type = nullptr;
  if (is_input) {
    api.Call(slot::SessionGetInputTypeInfo, session, index, &type);
  } else {
    api.Call(slot::SessionGetOutputTypeInfo, session, index, &type);
  }
  const auto owned = Own<slot::ReleaseTypeInfo>(api, type);
  const OrtTensorTypeAndShapeInfo* info = nullptr;
  api.Call(slot::CastTypeInfoToTensorInfo, type, &info);
  if (info == nullptr) {
    throw Error("native/unsupported", "[session] '" + spec.name + "' is not a tensor");
  }
  api.Call(slot::GetTensorElementType, info, &spec.dtype);
  if (ElementSize(spec.dtype) == 0) {
    throw Error(
        "native/unsupported",
        "[session] '" + spec.name + "' has element type " + std::to_string(spec.dtype) +
            ", which this engine does not use");
  }
  size_t rank = 0;
  api.Call(slot::GetDimensionsCount, info, &rank);
  spec.shape.resize(rank);
  api.Call(slot::GetDimensions, info, spec.shape.data(), rank);
  return spec;
}

}  // namespace

std::shared_ptr<Environment> Environment::Acquire(
    std::shared_ptr<const Library> library, int threads) {
  static std::mutex mutex;
  static std::map<std::string, std::weak_ptr<Environment>> open;
  const std::lock_guard lock(mutex);
  std::weak_ptr<Environment>& slot_of_library = open[library->path()];
  if (auto existing = slot_of_library.lock()) return existing;

  const Api& api = library->api();
  OrtThreadingOptions* threading = nullptr;
  api.Call(slot::CreateThreadingOptions, &threading);
  const auto owned = Own<slot::ReleaseThreadingOptions>(api, threading);
  api.Call(slot::SetGlobalIntraOpNumThreads, threading, threads);
  std::shared_ptr<Environment> environment(new Environment());  // The constructor is private.
  environment->library_ = library;
  environment->threads_ = threads;
  OrtEnv* env = nullptr;
  api.Call(slot::CreateEnvWithGlobalThreadPools, kLogFatal, "rationale", threading, &env);
  environment->env_ = Own<slot::ReleaseEnv>(api, env);
  RegisterSharedArena(api, env);
  slot_of_library = environment;
  return environment;
}

std::shared_ptr<Engine> Engine::Open(const EngineOptions& options, OpList ops) {
  std::shared_ptr<Engine> engine(new Engine());  // The constructor is private.
  engine->options_ = options;
  engine->library_ = Library::Open(options.library);
  const Api& api = engine->api();
  engine->environment_ = Environment::Acquire(engine->library_, options.threads);
  engine->shared_threads_ = engine->environment_->threads() == options.threads;
  engine->ops_ = std::move(ops);
  if (!engine->ops_.empty()) {
    OrtCustomOpDomain* domain = nullptr;
    api.Call(slot::CreateCustomOpDomain, kDomain, &domain);
    engine->domain_ = Own<slot::ReleaseCustomOpDomain>(api, domain);
    for (const auto& op : engine->ops_) api.Call(slot::CustomOpDomain_Add, domain, op.get());
  }
  if (options.device == Device::kCpu) {
    engine->memory_ = MakeHostMemory(api);
    return engine;
  }
  // Grow the GPU arena by what is asked for; the user's own options come over it.
  engine->options_.cuda.try_emplace("arena_extend_strategy", "kSameAsRequested");
  const std::string& id = engine->options_.cuda.try_emplace("device_id", "0").first->second;
  const std::vector<uint8_t> model = IdentityModel();
  const auto session = std::make_shared<Owned<OrtSession>>(
      engine->MakeSession(SessionConfig{.model = model, .profile = {}, .entries = {}}));
  engine->memory_ = MakeCudaMemory(api, session->get(), session, std::stoi(id));
  return engine;
}

Owned<OrtSession> Engine::MakeSession(const SessionConfig& config) const {
  if (!shared_threads_) return MakeSession(config, false);
  try {
    return MakeSession(config, true);
  } catch (const Error& error) {
    if (std::string(error.what()).find("GlobalThreadPools") == std::string::npos) {
      throw error.Tagged("[session] ");
    }
    shared_threads_ = false;
    return MakeSession(config, false);
  }
}

Owned<OrtSession> Engine::MakeSession(const SessionConfig& config, bool shared_threads) const {
  const Api& api = this->api();
  OrtSessionOptions* options = nullptr;
  api.Call(slot::CreateSessionOptions, &options);
  const auto owned = Own<slot::ReleaseSessionOptions>(api, options);
  if (shared_threads) {
    api.Call(slot::DisablePerSessionThreads, options);
  } else {
    api.Call(slot::SetIntraOpNumThreads, options, options_.threads);
  }
  api.Call(slot::SetSessionGraphOptimizationLevel, options, config.optimization);
  if (config.memory_pattern) {
    api.Call(slot::EnableMemPattern, options);
  } else {
    api.Call(slot::DisableMemPattern, options);
  }
  if (config.profile) api.Call(slot::EnableProfiling, options, config.profile->c_str());
  if (domain_) api.Call(slot::AddCustomOpDomain, options, domain_.get());
  auto entries = config.entries;
  entries.try_emplace("session.use_env_allocators", "1");
  if (options_.device == Device::kCuda) {
    // A node without a CUDA kernel must be an error that names it, not a silent copy to the host.
    entries.try_emplace("session.disable_cpu_ep_fallback", "1");
    AppendCuda(api, options, options_.cuda);
  }
  for (const auto& [key, value] : entries) {
    api.Call(slot::AddSessionConfigEntry, options, key.c_str(), value.c_str());
  }
  OrtSession* session = nullptr;
  api.Call(
      slot::CreateSessionFromArray,
      environment_->handle(),
      config.model.data(),
      config.model.size(),
      options,
      &session);
  return Own<slot::ReleaseSession>(api, session);
}

Session::Session(std::shared_ptr<const Engine> engine, const SessionConfig& config)
    : engine_(std::move(engine)),
      session_(engine_->MakeSession(config)),
      profiling_(config.profile.has_value()) {
  const Api& api = engine_->api();
  size_t count = 0;
  api.Call(slot::SessionGetInputCount, session_.get(), &count);
  for (size_t i = 0; i < count; ++i) inputs_.push_back(ReadSpec(api, handle(), i, true));
  api.Call(slot::SessionGetOutputCount, session_.get(), &count);
  for (size_t i = 0; i < count; ++i) outputs_.push_back(ReadSpec(api, handle(), i, false));
}

std::string Session::EndProfiling() {
  if (!profiling_) {
    throw Error(
        "native/invalid-argument",
        "[endProfiling] the session was made without `profile`, or profiling has ended");
  }
  const Api& api = engine_->api();
  OrtAllocator* allocator = nullptr;
  api.Call(slot::GetAllocatorWithDefaultOptions, &allocator);
  char* file = nullptr;
  api.Call(slot::SessionEndProfiling, handle(), allocator, &file);
  const std::string result = file;
  api.Call(slot::AllocatorFree, allocator, file);
  profiling_ = false;
  return result;
}

}  // namespace rationale::ort
