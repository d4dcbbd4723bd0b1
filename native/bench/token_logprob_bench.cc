// The head of the starter model, and a Qwen-sized vocabulary with few rows.
#include "bench.h"
#include "kernels/token_logprob/token_logprob.h"

namespace rationale::kernels::bench {
namespace {

Measurement Measure(int64_t m, int64_t d, int64_t v, bool backward) {
  struct State {
    std::vector<float> hidden, weight, rows[5], dhidden, dweight;
    std::vector<int32_t> targets;
    ScratchPool pool;
  };
  auto s = std::make_shared<State>();
  s->hidden = Random(m * d, 1);
  s->weight = Random(v * d, 2, 0.2f);
  for (auto& row : s->rows) row = Random(m, 3);
  s->dhidden.resize(m * d);
  s->dweight.resize(backward ? v * d : 0);
  for (int64_t i = 0; i < m; ++i) s->targets.push_back(static_cast<int32_t>(i * 31 % v));
  const auto forward = [=](const Parallel& parallel) {
    TokenLogprob(
        {{m, d, v},
         s->hidden.data(),
         s->weight.data(),
         s->targets.data(),
         1.0f,
         s->rows[0].data(),
         s->rows[1].data(),
         s->rows[2].data()},
        parallel,
        s->pool);
  };
  forward(Parallel());
  Measurement measurement;
  measurement.gflop = 2e-9 * m * d * v * (backward ? 3 : 1);
  measurement.runs = v > 10000 ? 3 : 20;
  measurement.run = forward;
  if (backward) {
    measurement.run = [=](const Parallel& parallel) {
      TokenLogprobGrad(
          {{m, d, v},
           s->hidden.data(),
           s->weight.data(),
           s->targets.data(),
           1.0f,
           s->rows[1].data(),
           s->rows[2].data(),
           s->rows[3].data(),
           s->rows[4].data(),
           s->dhidden.data(),
           s->dweight.data()},
          parallel,
          s->pool);
    };
  }
  return measurement;
}

RATIONALE_BENCH(logprob_forward, "token logprob fwd M3072 D192 V1024") {
  return Measure(3072, 192, 1024, false);
}
RATIONALE_BENCH(logprob_backward, "token logprob bwd M3072 D192 V1024") {
  return Measure(3072, 192, 1024, true);
}
RATIONALE_BENCH(logprob_large, "token logprob fwd M256 D512 V65536") {
  return Measure(256, 512, 65536, false);
}

}  // namespace
}  // namespace rationale::kernels::bench
