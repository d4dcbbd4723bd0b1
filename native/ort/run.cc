// See engine.h: values over buffers, bindings, and cancellable runs.
#include <algorithm>

#include "ort/engine.h"

namespace rationale::ort {
namespace {

/// Bytes of a tensor. @throws Error native/invalid-argument on a negative dimension or overflow.
int64_t ByteLength(ElementType dtype, const Shape& shape) {
  int64_t bytes = ElementSize(dtype);
  for (const int64_t dim : shape) {
    if (dim < 0 || __builtin_mul_overflow(bytes, dim, &bytes)) {
      throw Error(
          "native/invalid-argument",
          "[value] shape " + Describe(dtype, shape) + " is not a size in bytes");
    }
  }
  return bytes;
}

bool Fits(const Shape& expected, const Shape& actual) {
  return std::equal(
      expected.begin(), expected.end(), actual.begin(), actual.end(), [](int64_t e, int64_t a) {
        return e < 0 || e == a;
      });
}

void CheckArguments(
    const char* kind,
    const std::vector<ValueSpec>& specs,
    const std::vector<std::shared_ptr<Value>>& values) {
  if (specs.size() != values.size()) {
    throw Error(
        "native/invalid-argument",
        "[bind] expected " + std::to_string(specs.size()) + " " + kind + "s, got " +
            std::to_string(values.size()));
  }
  for (size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].dtype == values[i]->dtype() && Fits(specs[i].shape, values[i]->shape())) continue;
    throw Error(
        "native/invalid-argument",
        std::string("[bind] ") + kind + " '" + specs[i].name + "': expected " +
            Describe(specs[i].dtype, specs[i].shape) + ", got " +
            Describe(values[i]->dtype(), values[i]->shape()));
  }
}

}  // namespace

std::string Describe(ElementType dtype, const Shape& shape) {
  std::string text = std::string(ElementName(dtype)) + " [";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ',';
    text += shape[i] == -1 ? std::string(1, '?') : std::to_string(shape[i]);
  }
  return text + "]";
}

Value::Value(
    const Engine& engine,
    std::shared_ptr<Buffer> buffer,
    int64_t byte_offset,
    ElementType dtype,
    Shape shape)
    : buffer_(std::move(buffer)), dtype_(dtype), shape_(std::move(shape)) {
  const int64_t bytes = ByteLength(dtype_, shape_);
  if (byte_offset % ElementSize(dtype_) != 0) {
    throw Error(
        "native/invalid-argument",
        "[value] byteOffset " + std::to_string(byte_offset) + " is not a multiple of the " +
            std::to_string(ElementSize(dtype_)) + " bytes of " + ElementName(dtype_));
  }
  char* data = buffer_->At(byte_offset, bytes, "value");
  OrtValue* value = nullptr;
  engine.api().Call(
      slot::CreateTensorWithDataAsOrtValue,
      buffer_->memory().info(),
      data,
      static_cast<size_t>(bytes),
      shape_.data(),
      shape_.size(),
      dtype_,
      &value);
  value_ = Own<slot::ReleaseValue>(engine.api(), value);
}

Binding::Binding(
    std::shared_ptr<const Session> session,
    std::vector<std::shared_ptr<Value>> inputs,
    std::vector<std::shared_ptr<Value>> outputs)
    : session_(std::move(session)), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
  CheckArguments("input", session_->inputs(), inputs_);
  CheckArguments("output", session_->outputs(), outputs_);
  CheckAlive();
  const Api& api = session_->engine().api();
  OrtIoBinding* binding = nullptr;
  api.Call(slot::CreateIoBinding, session_->handle(), &binding);
  binding_ = Own<slot::ReleaseIoBinding>(api, binding);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    api.Call(slot::BindInput, binding, session_->inputs()[i].name.c_str(), inputs_[i]->handle());
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    api.Call(slot::BindOutput, binding, session_->outputs()[i].name.c_str(), outputs_[i]->handle());
  }
}

void Binding::CheckAlive() const {
  const auto check = [](const char* kind,
                        const std::vector<ValueSpec>& specs,
                        const std::vector<std::shared_ptr<Value>>& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      if (!values[i]->buffer().released()) continue;
      throw Error(
          "native/invalid-argument",
          std::string("[run] the buffer of ") + kind + " '" + specs[i].name + "' was released",
          "keep tensors until the last run that uses them");
    }
  };
  check("input", session_->inputs(), inputs_);
  check("output", session_->outputs(), outputs_);
}

void Binding::Pin() const {
  for (const auto& value : inputs_) value->buffer().Pin();
  for (const auto& value : outputs_) value->buffer().Pin();
}

void Binding::Unpin() const {
  for (const auto& value : inputs_) value->buffer().Unpin();
  for (const auto& value : outputs_) value->buffer().Unpin();
}

void Cancel::Trip() {
  const std::lock_guard lock(mutex_);
  tripped_ = true;
  for (const auto& [api, options] : active_) {
    OrtStatus* status = api.Raw(slot::RunOptionsSetTerminate, options);
    if (status != nullptr) api.Raw(slot::ReleaseStatus, status);
  }
}

void Cancel::Enter(const Api& api, OrtRunOptions* options) {
  const std::lock_guard lock(mutex_);
  active_.emplace_back(api, options);
}

void Cancel::Leave(OrtRunOptions* options) {
  const std::lock_guard lock(mutex_);
  std::erase_if(active_, [&](const auto& entry) { return entry.second == options; });
}

Run::Run(std::vector<std::shared_ptr<Binding>> bindings, std::vector<std::shared_ptr<Cancel>> stops)
    : bindings_(std::move(bindings)), stops_(std::move(stops)) {
  for (const auto& binding : bindings_) binding->CheckAlive();
  for (const auto& binding : bindings_) binding->Pin();
}

Run::~Run() {
  for (const auto& binding : bindings_) binding->Unpin();
}

bool Run::IsStopped() const {
  return std::any_of(
      stops_.begin(), stops_.end(), [](const auto& stop) { return stop->tripped(); });
}

void Run::RunOne(size_t index, const OrtRunOptions* options) const {
  const auto cancelled = [&] {
    return Error(
        "engine/cancelled",
        "[run] cancelled after " + std::to_string(index) + " of " +
            std::to_string(bindings_.size()) + " steps");
  };
  if (IsStopped()) throw cancelled();
  const Session& session = bindings_[index]->session();
  try {
    session.engine().api().Call(
        slot::RunWithBinding, session.handle(), options, bindings_[index]->handle());
  } catch (const Error& error) {
    if (IsStopped()) throw cancelled();
    throw error.Tagged("[run] step " + std::to_string(index) + ": ");
  }
}

void Run::Execute() {
  if (bindings_.empty()) return;
  if (stops_.empty()) {
    for (size_t i = 0; i < bindings_.size(); ++i) RunOne(i, nullptr);
    return;
  }
  const Api& api = bindings_.front()->session().engine().api();
  OrtRunOptions* options = nullptr;
  api.Call(slot::CreateRunOptions, &options);
  const auto owned = Own<slot::ReleaseRunOptions>(api, options);
  // Declared after `owned`: the tokens forget the options before they are freed.
  struct Listed {
    Listed(const Run& r, const Api& api, OrtRunOptions* o) : run(r), options(o) {
      for (const auto& stop : run.stops_) stop->Enter(api, options);
    }
    ~Listed() {
      for (const auto& stop : run.stops_) stop->Leave(options);
    }
    const Run& run;
    OrtRunOptions* options;
  } listed(*this, api, options);
  for (size_t i = 0; i < bindings_.size(); ++i) RunOne(i, options);
}

}  // namespace rationale::ort
