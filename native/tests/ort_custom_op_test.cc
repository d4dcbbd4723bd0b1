// The helpers a kernel is written with, inside a real session: attributes, outputs bound to caller
// memory, the worker pool, scratch memory, the runtime's Gemm, and errors on their way out.
// Needs the library's path in RATIONALE_ONNXRUNTIME; without it the test says so and passes.
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "harness.h"
#include "ort/engine.h"

namespace rationale::kernels::test {
namespace {

using ort::kF32;

/// y [m,n] = 2 a b^T + bias, by a product and an accumulation onto it. With fail = 1 it throws from
/// inside the pool.
class Probe : public ort::Kernel {
 public:
  explicit Probe(const ort::KernelInfo& info)
      : bias_(info.Float("bias")),
        fail_(info.Int("fail", 0)),
        product_(info, {.transpose_b = true}),
        accumulate_(info, {.transpose_b = true, .beta = 1.0f}) {}

  void Compute(ort::Context& context) override {
    const ort::Tensor a = context.Input(0);
    const ort::Tensor b = context.Input(1);
    const int64_t m = a.dim(0);
    const int64_t k = a.dim(1);
    const int64_t n = b.dim(0);
    const ort::Tensor y = context.Output(0, {m, n});
    const std::span<float> copy = context.Scratch<float>(m * k);
    if (!copy.empty()) std::memcpy(copy.data(), a.raw(), copy.size_bytes());
    float* out = y.mutable_data<float>().data();
    product_.Run(context, copy.data(), b.data<float>().data(), out, m, n, k);
    accumulate_.Run(context, copy.data(), b.data<float>().data(), out, m, n, k, out);
    context.ParallelFor(m * n, 8, [&](int64_t begin, int64_t end) {
      if (fail_ != 0 && begin > 0) throw std::runtime_error("asked to fail");
      for (int64_t i = begin; i < end; ++i) out[i] += bias_;
    });
  }

 private:
  float bias_;
  int64_t fail_;
  ort::Gemm product_;
  ort::Gemm accumulate_;
};

std::string Field(int number, const std::string& bytes) {
  std::string length;
  for (size_t rest = bytes.size();; rest >>= 7) {
    length += static_cast<char>((rest & 127) | (rest > 127 ? 128 : 0));
    if (rest <= 127) break;
  }
  return std::string(1, static_cast<char>(number << 3 | 2)) + length + bytes;
}
std::string Int(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}

/// An ONNX model of one Probe node over f32 matrices of any size.
std::string ProbeModel(int fail) {
  const auto matrix = [](const std::string& name) {
    const std::string shape =
        Field(2, Field(1, Field(2, name + "0")) + Field(1, Field(2, name + "1")));
    return Field(1, name) + Field(2, Field(1, Int(1, 1) + shape));
  };
  const float bias = 0.5f;
  std::string bias_bytes(1, static_cast<char>(2 << 3 | 5));
  bias_bytes.append(reinterpret_cast<const char*>(&bias), sizeof bias);
  // AttributeProto.type is field 20: its tag takes two bytes.
  const auto typed = [](const std::string& name, const std::string& value, int type) {
    return Field(5, Field(1, name) + value + std::string{'\xa0', '\x01', static_cast<char>(type)});
  };
  const std::string probe = Field(1, "a") + Field(1, "b") + Field(2, "y") + Field(4, "Probe") +
                            typed("bias", bias_bytes, 1) + typed("fail", Int(3, fail), 2) +
                            Field(7, "rationale");
  const std::string graph = Field(1, probe) + Field(2, "probe") + Field(11, matrix("a")) +
                            Field(11, matrix("b")) + Field(12, matrix("y"));
  return Int(1, 8) + Field(7, graph) + Field(8, Int(2, 17)) +
         Field(8, Field(1, "rationale") + Int(2, 1));
}

std::vector<float> RunProbe(
    const std::string& library,
    int fail,
    std::vector<float> a,
    std::vector<float> b,
    int64_t m,
    int64_t n,
    int64_t k) {
  ort::OpList ops;
  ops.push_back(
      std::make_unique<ort::CustomOp>(ort::OpSpec{
          .name = "Probe",
          .inputs = {{kF32}, {kF32}},
          .outputs = {{kF32}},
          .create = ort::Make<Probe>}));
  const auto engine =
      ort::Engine::Open({.library = library, .threads = 2, .cuda = {}}, std::move(ops));
  const std::string bytes = ProbeModel(fail);
  const std::vector<uint8_t> model(bytes.begin(), bytes.end());
  const auto session = std::make_shared<ort::Session>(
      engine, ort::SessionConfig{.model = model, .profile = {}, .entries = {}});
  const auto tensor = [&](const std::vector<float>& data, int64_t rows, int64_t columns) {
    const auto size = static_cast<int64_t>(data.size() * sizeof(float));
    auto buffer = std::make_shared<ort::Buffer>(engine, engine->memory(), size);
    if (size > 0)
      std::memcpy(buffer->At(0, size, "test"), data.data(), data.size() * sizeof(float));
    return std::make_shared<ort::Value>(*engine, buffer, 0, kF32, ort::Shape{rows, columns});
  };
  std::vector<float> result(static_cast<size_t>(m * n));
  const auto y = tensor(result, m, n);
  const auto binding = std::make_shared<ort::Binding>(
      session, std::vector{tensor(a, m, k), tensor(b, n, k)}, std::vector{y});
  ort::Run({binding}, {}).Execute();
  const auto size = static_cast<int64_t>(result.size() * sizeof(float));
  if (size > 0)
    std::memcpy(result.data(), y->buffer().At(0, size, "test"), result.size() * sizeof(float));
  return result;
}

}  // namespace

RATIONALE_TEST(CustomOpHelpers) {
  const char* library = std::getenv("RATIONALE_ONNXRUNTIME");
  if (library == nullptr) {
    std::printf("     skipped: RATIONALE_ONNXRUNTIME is not set\n");
    return;
  }
  const int64_t m = 9;
  const int64_t n = 11;
  const int64_t k = 7;
  const std::vector<float> a = Random(m * k, 1);
  const std::vector<float> b = Random(n * k, 2);
  std::vector<double> expected;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0.0;
      for (int64_t l = 0; l < k; ++l) sum += double(a[i * k + l]) * double(b[j * k + l]);
      expected.push_back(2.0 * sum + 0.5);
    }
  }
  EXPECT_BELOW(MaxError(RunProbe(library, 0, a, b, m, n, k), expected), 1e-6);
  EXPECT(RunProbe(library, 0, {}, b, 0, n, k).empty());
  EXPECT_ERROR(RunProbe(library, 1, a, b, m, n, k), "[Probe] asked to fail");
}

}  // namespace rationale::kernels::test
