// One decode step of attention: a batch of short sequences with shared prompts, and one long one.
#include <cmath>

#include "bench.h"
#include "kernels/decode_attention/decode_attention.h"

namespace rationale::kernels::bench {
namespace {

Measurement Measure(
    int64_t batch,
    int64_t heads,
    int64_t kv_heads,
    int64_t e,
    int64_t prefix,
    int64_t group,
    int64_t position,
    int64_t layers) {
  struct State {
    std::vector<float> qkv, cos, sin, out;
    std::vector<std::vector<float>> prefix, cache;  // per layer: a model never finds them in its cache
    size_t layer = 0;
    std::vector<int32_t> rows;
    ScratchPool pool;
  };
  auto s = std::make_shared<State>();
  const int64_t prompts = (batch + group - 1) / group;
  s->qkv = Random(batch * (heads + 2 * kv_heads) * e, 1);
  s->cos = Random(batch * e, 2);
  s->sin = Random(batch * e, 3);
  for (int64_t layer = 0; layer < layers; ++layer) {
    s->prefix.push_back(Random(prompts * prefix * 2 * kv_heads * e, 4));
    s->cache.push_back(Random(batch * (position + 1) * 2 * kv_heads * e, 5));
  }
  s->out.resize(batch * heads * e);
  for (int64_t b = 0; b < batch; ++b) {
    for (const int64_t x : {b / group * prefix, prefix, b, position})
      s->rows.push_back(static_cast<int32_t>(x));
  }
  Measurement m;
  m.gflop = double(batch) * heads * (prefix + position + 1) * e * 4e-9;
  m.runs = 100;
  m.run = [=](const Parallel& parallel) {
    s->layer = (s->layer + 1) % s->cache.size();
    DecodeAttention(
        {batch,
         heads,
         kv_heads,
         e,
         prompts * prefix,
         batch,
         position + 1,
         1.0f / std::sqrt(float(e)),
         s->qkv.data(),
         s->cos.data(),
         s->sin.data(),
         s->prefix[s->layer].data(),
         s->rows.data(),
         s->cache[s->layer].data(),
         s->out.data()},
        parallel,
        s->pool);
  };
  return m;
}

RATIONALE_BENCH(decode_batch, "decode B64 prefix 52 own 64 H6 K2 E32") {
  return Measure(64, 6, 2, 32, 52, 1, 63, 6);
}
RATIONALE_BENCH(decode_shared, "decode same, prefix shared by 8") {
  return Measure(64, 6, 2, 32, 52, 8, 63, 6);
}
RATIONALE_BENCH(decode_long, "decode B1 own 8192 H16 K2 E128") {
  return Measure(1, 16, 2, 128, 0, 1, 8191, 1);
}

}  // namespace
}  // namespace rationale::kernels::bench
