// Memory-bound kernels: the optimizer step of the starter model, normalisation, SwiGLU; and
// sampling.
#include "bench.h"
#include "kernels/adamw/adamw.h"
#include "kernels/rms_norm/rms_norm.h"
#include "kernels/sample/sample.h"
#include "kernels/swiglu/swiglu.h"

namespace rationale::kernels::bench {
namespace {

struct Buffers {
  std::vector<std::vector<float>> f;
  ScratchPool pool;
};

RATIONALE_BENCH(adamw, "adamw 3.6M") {
  const int64_t n = 3600000;
  auto s = std::make_shared<Buffers>();
  for (uint32_t i = 0; i < 4; ++i) s->f.push_back(Random(n, i));
  for (float& v : s->f[2]) v = v * v;
  s->f.push_back({1e-5f, 0.9f, 0.999f, 1e-8f, 0.01f, 0.1f, 0.001f, 1.0f});
  Measurement m;
  m.gbyte = n * 28e-9;
  m.run = [=](const Parallel& parallel) {
    auto& f = s->f;
    AdamW(
        {n,
         f[0].data(),
         f[1].data(),
         f[2].data(),
         f[3].data(),
         f[4].data(),
         f[0].data(),
         f[1].data(),
         f[2].data()},
        parallel);
  };
  return m;
}

RATIONALE_BENCH(rms_norm, "add rms norm fwd 3072x192") {
  const int64_t n = 3072, d = 192;
  auto s = std::make_shared<Buffers>();
  for (uint32_t i = 0; i < 5; ++i) s->f.push_back(Random(n * d, i));
  Measurement m;
  m.gbyte = n * d * 16e-9;
  m.run = [=](const Parallel& parallel) {
    auto& f = s->f;
    RmsNorm(
        {n, d, 1e-6f, f[0].data(), f[1].data(), f[1].data(), f[2].data(), f[3].data(), f[4].data()},
        parallel);
  };
  return m;
}

RATIONALE_BENCH(rms_norm_grad, "add rms norm bwd 3072x192") {
  const int64_t n = 3072, d = 192;
  auto s = std::make_shared<Buffers>();
  for (uint32_t i = 0; i < 6; ++i) s->f.push_back(Random(n * d, i));
  Measurement m;
  m.gbyte = n * d * 16e-9;
  m.run = [=](const Parallel& parallel) {
    auto& f = s->f;
    RmsNormGrad(
        {n,
         d,
         f[0].data(),
         f[1].data(),
         f[2].data(),
         f[3].data(),
         f[3].data(),
         f[4].data(),
         f[5].data()},
        parallel,
        s->pool);
  };
  return m;
}

RATIONALE_BENCH(swiglu, "swiglu fwd 3072x512") {
  const int64_t n = 3072, c = 512;
  auto s = std::make_shared<Buffers>();
  s->f = {Random(n * 2 * c, 1), Random(n * c, 2)};
  Measurement m;
  m.gbyte = n * c * 12e-9;
  m.run = [=](const Parallel& parallel) {
    SwiGlu({n, c, s->f[0].data(), s->f[1].data()}, parallel);
  };
  return m;
}

RATIONALE_BENCH(swiglu_grad, "swiglu bwd 3072x512") {
  const int64_t n = 3072, c = 512;
  auto s = std::make_shared<Buffers>();
  s->f = {Random(n * 2 * c, 1), Random(n * c, 2), Random(n * 2 * c, 3)};
  Measurement m;
  m.gbyte = n * c * 20e-9;
  m.run = [=](const Parallel& parallel) {
    SwiGluGrad({n, c, s->f[0].data(), s->f[1].data(), s->f[2].data()}, parallel);
  };
  return m;
}

Measurement MeasureSample(float top_k, float top_p) {
  const int64_t b = 64, v = 1024;
  struct State {
    std::vector<float> logits, params, logprob, entropy;
    std::vector<int64_t> keys;
    std::vector<uint8_t> suppressed;
    std::vector<int32_t> token;
    ScratchPool pool;
  };
  auto s = std::make_shared<State>();
  s->logits = Random(b * v, 1, 5.0f);
  for (int64_t i = 0; i < b; ++i) {
    for (const float p : {1.0f, top_k, top_p, 0.0f}) s->params.push_back(p);
    s->keys.push_back(7);
    s->keys.push_back(i);
  }
  s->logprob.resize(b);
  s->entropy.resize(b);
  s->token.resize(b);
  s->suppressed.assign(v, 0);
  Measurement m;
  m.runs = 100;
  m.run = [=](const Parallel& parallel) {
    Sample(
        {b,
         v,
         s->logits.data(),
         s->params.data(),
         s->keys.data(),
         s->suppressed.data(),
         s->token.data(),
         s->logprob.data(),
         s->entropy.data()},
        parallel,
        s->pool);
  };
  return m;
}
RATIONALE_BENCH(sample_plain, "sample B64 V1024") { return MeasureSample(0, 1); }
RATIONALE_BENCH(sample_filtered, "sample B64 V1024 top-k 50 top-p 0.9") {
  return MeasureSample(50, 0.9f);
}

}  // namespace
}  // namespace rationale::kernels::bench
