// Attention at the sizes of the starter model, a vision window batch and a long row.
#include <cmath>

#include "../tests/attention_reference.h"
#include "bench.h"

namespace rationale::kernels::bench {
namespace {

struct State {
  AttentionShape shape;
  std::vector<int32_t> segments;
  std::vector<float> qkv, cos, sin, out, lse, kv, dout, dqkv;
  ScratchPool pool;
};

std::shared_ptr<State> Prepare(
    int64_t count,
    int64_t length,
    int64_t heads,
    int64_t kv_heads,
    int64_t head_size,
    bool causal) {
  auto s = std::make_shared<State>();
  const int64_t n = count * length;
  s->shape = {n, heads, kv_heads, head_size, count, causal, 1.0f / std::sqrt(float(head_size))};
  for (int64_t i = 0; i < count; ++i) {
    for (const int64_t x : {i * length, length, int64_t{0}, int64_t{0}})
      s->segments.push_back(static_cast<int32_t>(x));
  }
  s->qkv = Random(n * s->shape.qkv_columns(), 1);
  s->cos = Random(n * head_size, 2);
  s->sin = Random(n * head_size, 3);
  s->dout = Random(n * heads * head_size, 4);
  s->out.resize(s->dout.size());
  s->lse.resize(n * heads);
  s->kv.resize(n * 2 * kv_heads * head_size);
  s->dqkv.resize(s->qkv.size());
  return s;
}

void Forward(State& s, const Parallel& parallel) {
  AttentionForward(
      {s.shape,
       s.qkv.data(),
       s.cos.data(),
       s.sin.data(),
       s.segments.data(),
       s.out.data(),
       s.lse.data(),
       s.kv.data()},
      parallel,
      s.pool);
}
void Backward(State& s, const Parallel& parallel) {
  AttentionBackward(
      {s.shape,
       s.qkv.data(),
       s.cos.data(),
       s.sin.data(),
       s.segments.data(),
       s.out.data(),
       s.lse.data(),
       s.dout.data(),
       s.dqkv.data()},
      parallel,
      s.pool);
}

Measurement Measure(std::shared_ptr<State> s, bool backward, bool naive) {
  Forward(*s, Parallel());
  const double length = s->segments[1];
  const double pairs = double(s->shape.segments) * s->shape.heads *
                       (s->shape.causal ? length * (length + 1) / 2 : length * length);
  Measurement m;
  m.gflop = pairs * s->shape.head_size * 2 * (backward ? 5 : 2) * 1e-9;
  m.run = [=](const Parallel& parallel) {
    backward ? Backward(*s, parallel) : Forward(*s, parallel);
  };
  if (naive) {
    m.naive = [=] {
      test::NaiveAttention<float>(
          s->shape,
          s->qkv.data(),
          s->cos.data(),
          s->sin.data(),
          s->segments.data(),
          backward ? s->dout.data() : nullptr);
    };
  }
  return m;
}

RATIONALE_BENCH(forward_starter, "attention fwd 32x96 H6 K2 E32") {
  return Measure(Prepare(32, 96, 6, 2, 32, true), false, true);
}
RATIONALE_BENCH(backward_starter, "attention bwd 32x96 H6 K2 E32") {
  return Measure(Prepare(32, 96, 6, 2, 32, true), true, true);
}
RATIONALE_BENCH(forward_vision, "attention fwd 256x16 H4 E32 windows") {
  return Measure(Prepare(256, 16, 4, 4, 32, false), false, true);
}
RATIONALE_BENCH(backward_vision, "attention bwd 256x16 H4 E32 windows") {
  return Measure(Prepare(256, 16, 4, 4, 32, false), true, true);
}
RATIONALE_BENCH(forward_long, "attention fwd 1x2048 H8 K2 E128") {
  return Measure(Prepare(1, 2048, 8, 2, 128, true), false, false);
}
RATIONALE_BENCH(backward_long, "attention bwd 1x2048 H8 K2 E128") {
  return Measure(Prepare(1, 2048, 8, 2, 128, true), true, false);
}

}  // namespace
}  // namespace rationale::kernels::bench
