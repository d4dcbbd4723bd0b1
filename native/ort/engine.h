// The engine behind the binding, free of N-API: an environment with one thread pool, sessions from
// bytes, values over buffers, bindings, and runs of a list of bindings with cancellation.
// Objects share ownership downwards (binding -> session and values -> engine), so that handles may
// die in any order.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ort/cuda.h"
#include "ort/custom_op.h"
#include "ort/library.h"
#include "ort/memory.h"

namespace rationale::ort {

/// An OrtEnv; ONNX Runtime has one per process, so engines with the same library share it.
class Environment {
 public:
  static std::shared_ptr<Environment> Acquire(std::shared_ptr<const Library> library, int threads);
  OrtEnv* handle() const { return env_.get(); }
  int threads() const { return threads_; }

 private:
  Environment() = default;
  std::shared_ptr<const Library> library_;
  Owned<OrtEnv> env_;
  int threads_ = 0;
};

struct EngineOptions {
  std::string library;
  int threads = 1;
  Device device = Device::kCpu;
  ProviderOptions cuda;
};

struct SessionConfig {
  std::span<const uint8_t> model;
  std::optional<std::string> profile;  ///< File prefix of the profiler.
  int optimization = 99;
  bool memory_pattern = false;
  std::map<std::string, std::string> entries;  ///< Session config entries, by their own names.
};

struct ValueSpec {
  std::string name;
  ElementType dtype = kUndefined;
  Shape shape;  ///< -1 where symbolic.
};

/// Stops runs from another thread; once tripped it stays tripped.
class Cancel {
 public:
  void Trip();
  bool tripped() const { return tripped_; }
  /// A run's options are listed while it runs, to be told to terminate.
  void Enter(const Api& api, OrtRunOptions* options);
  void Leave(OrtRunOptions* options);

 private:
  std::mutex mutex_;
  std::atomic<bool> tripped_ = false;
  std::vector<std::pair<Api, OrtRunOptions*>> active_;
};

class Engine {
 public:
  /// @throws Error native/library-missing, native/version, native/provider-missing.
  static std::shared_ptr<Engine> Open(const EngineOptions& options, OpList ops);

  const Api& api() const { return library_->api(); }
  const Library& library() const { return *library_; }
  Device device() const { return options_.device; }
  const OpList& ops() const { return ops_; }
  const std::shared_ptr<DeviceMemory>& memory() const { return memory_; }
  /// Tripped when the engine is closed: stops every run that listens to it.
  const std::shared_ptr<Cancel>& closing() const { return closing_; }

  Owned<OrtSession> MakeSession(const SessionConfig& config) const;

 private:
  Engine() = default;
  Owned<OrtSession> MakeSession(const SessionConfig& config, bool shared_threads) const;

  EngineOptions options_;
  std::shared_ptr<const Library> library_;
  std::shared_ptr<Environment> environment_;
  OpList ops_;
  Owned<OrtCustomOpDomain> domain_;
  std::shared_ptr<DeviceMemory> memory_;
  std::shared_ptr<Cancel> closing_ = std::make_shared<Cancel>();
  // Another user of the library in this process (onnxruntime-node) may have made the one OrtEnv
  // without a global pool; sessions then bring their own threads.
  mutable bool shared_threads_ = true;
};

class Session {
 public:
  Session(std::shared_ptr<const Engine> engine, const SessionConfig& config);
  const Engine& engine() const { return *engine_; }
  OrtSession* handle() const { return session_.get(); }
  const std::vector<ValueSpec>& inputs() const { return inputs_; }
  const std::vector<ValueSpec>& outputs() const { return outputs_; }
  /// @throws Error native/invalid-argument when the session has no profiler.
  std::string EndProfiling();

 private:
  std::shared_ptr<const Engine> engine_;
  Owned<OrtSession> session_;
  std::vector<ValueSpec> inputs_;
  std::vector<ValueSpec> outputs_;
  bool profiling_;
};

class Value {
 public:
  /// @throws Error native/invalid-argument for a range outside the buffer or a misaligned offset.
  Value(
      const Engine& engine,
      std::shared_ptr<Buffer> buffer,
      int64_t byte_offset,
      ElementType dtype,
      Shape shape);
  OrtValue* handle() const { return value_.get(); }
  Buffer& buffer() const { return *buffer_; }
  ElementType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }

 private:
  std::shared_ptr<Buffer> buffer_;
  ElementType dtype_;
  Shape shape_;
  Owned<OrtValue> value_;
};

class Binding {
 public:
  /// @throws Error native/invalid-argument naming the input or output that does not fit.
  Binding(
      std::shared_ptr<const Session> session,
      std::vector<std::shared_ptr<Value>> inputs,
      std::vector<std::shared_ptr<Value>> outputs);
  const Session& session() const { return *session_; }
  OrtIoBinding* handle() const { return binding_.get(); }
  /// @throws Error native/invalid-argument when a bound buffer was released.
  void CheckAlive() const;
  void Pin() const;
  void Unpin() const;

 private:
  std::shared_ptr<const Session> session_;
  std::vector<std::shared_ptr<Value>> inputs_;
  std::vector<std::shared_ptr<Value>> outputs_;
  Owned<OrtIoBinding> binding_;
};

/// One run of a list of bindings, one after the other. Made, and destroyed, on the owner's thread
/// (that pins and unpins buffers); Execute may be called on any.
class Run {
 public:
  /// @param stops tokens any of which ends the run; with none it cannot be stopped.
  Run(std::vector<std::shared_ptr<Binding>> bindings, std::vector<std::shared_ptr<Cancel>> stops);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  /// @throws Error engine/cancelled, or what a binding failed with.
  void Execute();

 private:
  bool IsStopped() const;
  void RunOne(size_t index, const OrtRunOptions* options) const;

  std::vector<std::shared_ptr<Binding>> bindings_;
  std::vector<std::shared_ptr<Cancel>> stops_;
};

std::string Describe(ElementType dtype, const Shape& shape);

}  // namespace rationale::ort
