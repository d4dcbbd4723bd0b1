// See options.h.
#include "binding/options.h"

#include <cmath>

namespace rationale::binding {

Options::Options(const Napi::CallbackInfo& info, const char* op) : op_(op) {
  if (info.Length() < 1 || !info[0].IsObject()) Fail("expected one options object");
  object_ = info[0].As<Napi::Object>();
}

void Options::Fail(const std::string& what) const {
  throw ort::Error("native/invalid-argument", std::string("[") + op_ + "] " + what);
}

int64_t Options::ToInt(
    const Napi::Value& value, const std::string& name, int64_t low, int64_t high) const {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!(number >= static_cast<double>(low) && number <= static_cast<double>(high)) ||
      number != std::floor(number)) {
    const std::string range =
        high == kMaxSafe ? "of at least " + std::to_string(low)
                         : "in [" + std::to_string(low) + ", " + std::to_string(high) + "]";
    Fail(name + ": expected an integer " + range + ", got " + value.ToString().Utf8Value());
  }
  return static_cast<int64_t>(number);
}

int64_t Options::Int(const char* name, int64_t low, int64_t high) const {
  return ToInt(Get(name), name, low, high);
}

bool Options::Bool(const char* name) const {
  const Napi::Value value = Get(name);
  if (!value.IsBoolean()) Fail(std::string(name) + ": expected a boolean");
  return value.As<Napi::Boolean>();
}

std::string Options::String(const char* name) const {
  const Napi::Value value = Get(name);
  if (!value.IsString()) Fail(std::string(name) + ": expected a string");
  return value.As<Napi::String>();
}

std::map<std::string, std::string> Options::Strings(const char* name) const {
  const Napi::Value value = Get(name);
  if (!value.IsObject()) Fail(std::string(name) + ": expected an object of strings");
  const Napi::Object object = value.As<Napi::Object>();
  const Napi::Array keys = object.GetPropertyNames();
  std::map<std::string, std::string> result;
  for (uint32_t i = 0; i < keys.Length(); ++i) {
    const std::string key = keys.Get(i).ToString();
    const Napi::Value entry = object.Get(key);
    if (!entry.IsString()) Fail(std::string(name) + "." + key + ": expected a string");
    result[key] = entry.As<Napi::String>();
  }
  return result;
}

ort::ElementType Options::DType(const char* name) const {
  const std::string text = String(name);
  for (const ort::ElementType type :
       {ort::kF32, ort::kF64, ort::kF16, ort::kBf16, ort::kI32, ort::kI64, ort::kU8, ort::kBool}) {
    if (text == ort::ElementName(type)) return type;
  }
  Fail(
      std::string(name) + ": expected f32, f64, f16, bf16, i32, i64, u8 or bool, got '" + text +
      "'");
}

Napi::Array Options::Array(const char* name) const {
  const Napi::Value value = Get(name);
  if (!value.IsArray()) Fail(std::string(name) + ": expected an array");
  return value.As<Napi::Array>();
}

ort::Shape Options::Dims(const char* name) const {
  const Napi::Array array = Array(name);
  ort::Shape shape;
  for (uint32_t i = 0; i < array.Length(); ++i) {
    shape.push_back(
        ToInt(array.Get(i), std::string(name) + "[" + std::to_string(i) + "]", 0, kMaxSafe));
  }
  return shape;
}

std::span<uint8_t> Options::Bytes(const char* name) const {
  const Napi::Value value = Get(name);
  if (value.IsTypedArray()) {
    const Napi::TypedArray array = value.As<Napi::TypedArray>();
    void* data = nullptr;
    CheckNapi(
        value.Env(),
        napi_get_typedarray_info(value.Env(), value, nullptr, nullptr, &data, nullptr, nullptr));
    return {static_cast<uint8_t*>(data), array.ByteLength()};
  }
  if (value.IsDataView()) {
    void* data = nullptr;
    size_t length = 0;
    CheckNapi(
        value.Env(), napi_get_dataview_info(value.Env(), value, &length, &data, nullptr, nullptr));
    return {static_cast<uint8_t*>(data), length};
  }
  Fail(std::string(name) + ": expected a typed array or DataView");
}

}  // namespace rationale::binding
