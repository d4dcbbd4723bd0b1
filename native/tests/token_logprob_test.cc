// TokenLogprob and its gradient against the definition in double.
#include "kernels/token_logprob/token_logprob.h"

#include <cmath>

#include "harness.h"

namespace rationale::kernels::test {
namespace {

struct Result {
  std::vector<float> logprob, entropy, lse, dhidden, dweight;
};

void Check(int64_t m, int64_t d, int64_t v, float temperature, int32_t bad_target = 0) {
  const TokenLogprobShape shape{m, d, v};
  const float inverse = 1.0f / temperature;
  const auto hidden = Random(m * d, 1);
  const auto weight = Random(v * d, 2, 3.0f / std::sqrt(static_cast<float>(d)));
  const auto dlogprob = Random(m, 3);
  const auto dentropy = Random(m, 4);
  std::vector<int32_t> targets;
  for (int64_t i = 0; i < m; ++i) targets.push_back(static_cast<int32_t>((i * 7919 + 3) % v));
  if (bad_target != 0) targets.back() = bad_target;

  const auto run = [&](const Parallel& parallel) {
    ScratchPool pool;
    Result r;
    r.logprob.assign(m, NAN);
    r.entropy.assign(m, NAN);
    r.lse.assign(m, NAN);
    r.dhidden.assign(m * d, NAN);
    r.dweight.assign(v * d, NAN);
    TokenLogprob(
        {shape,
         hidden.data(),
         weight.data(),
         targets.data(),
         inverse,
         r.logprob.data(),
         r.entropy.data(),
         r.lse.data()},
        parallel,
        pool);
    TokenLogprobGrad(
        {shape,
         hidden.data(),
         weight.data(),
         targets.data(),
         inverse,
         r.entropy.data(),
         r.lse.data(),
         dlogprob.data(),
         dentropy.data(),
         r.dhidden.data(),
         r.dweight.data()},
        parallel,
        pool);
    return r;
  };
  const Result one = run(Sequential());
  const Result many = run(Threads(3));
  EXPECT(one.logprob == many.logprob && one.entropy == many.entropy && one.lse == many.lse);
  EXPECT(one.dhidden == many.dhidden && one.dweight == many.dweight);

  std::vector<double> logprob(m), entropy(m), lse(m), dhidden(m * d), dweight(v * d), s(v);
  for (int64_t i = 0; i < m; ++i) {
    double top = -INFINITY, sum = 0;
    for (int64_t j = 0; j < v; ++j) {
      s[j] = 0;
      for (int64_t c = 0; c < d; ++c) s[j] += double(hidden[i * d + c]) * weight[j * d + c];
      s[j] *= inverse;
      top = std::fmax(top, s[j]);
    }
    for (int64_t j = 0; j < v; ++j) sum += std::exp(s[j] - top);
    lse[i] = top + std::log(sum);
    logprob[i] = s[targets[i]] - lse[i];
    for (int64_t j = 0; j < v; ++j) entropy[i] -= std::exp(s[j] - lse[i]) * (s[j] - lse[i]);
    for (int64_t j = 0; j < v; ++j) {
      const double log_p = s[j] - lse[i];
      const double p = std::exp(log_p);
      const double ds = inverse * (dlogprob[i] * ((j == targets[i] ? 1.0 : 0.0) - p) -
                                   dentropy[i] * p * (log_p + entropy[i]));
      for (int64_t c = 0; c < d; ++c) {
        dhidden[i * d + c] += ds * weight[j * d + c];
        dweight[j * d + c] += ds * hidden[i * d + c];
      }
    }
  }
  EXPECT_BELOW(MaxError(one.logprob, logprob, 1.0), 1e-6);
  EXPECT_BELOW(MaxError(one.lse, lse, 1.0), 1e-6);
  EXPECT_BELOW(MaxError(one.entropy, entropy, 1.0), 3e-6);
  EXPECT_BELOW(MaxError(one.dhidden, dhidden), 5e-6);
  EXPECT_BELOW(MaxError(one.dweight, dweight), 5e-6);
}

RATIONALE_TEST(token_logprob_tiny) {
  Check(1, 1, 1, 1.0f);
  Check(1, 3, 2, 0.7f);
  Check(0, 4, 5, 1.0f);
}
RATIONALE_TEST(token_logprob_odd) { Check(31, 33, 257, 0.9f); }
RATIONALE_TEST(token_logprob_blocks) { Check(131, 192, 1024, 1.0f); }
RATIONALE_TEST(token_logprob_chunks) { Check(1031, 16, 37, 1.3f); }
RATIONALE_TEST(token_logprob_deep) { Check(50, 600, 301, 1.0f); }
RATIONALE_TEST(token_logprob_refuses) {
  EXPECT_ERROR(Check(3, 4, 5, 1.0f, 5), "targets inside [0, 5), got 5 in row 2");
  EXPECT_ERROR(Check(3, 4, 5, 1.0f, -1), "targets inside [0, 5), got -1 in row 2");
}

}  // namespace
}  // namespace rationale::kernels::test
