// Token log-probability and sampling over a vocabulary, against naive loops in double.
#include <algorithm>
#include <numeric>

#include "kernels/sample/philox.h"
#include "kernels/sample/sample_launch.h"
#include "kernels/token_logprob/token_logprob_launch.h"
#include "tests/cuda/emulated.h"

namespace rationale::cuda::test {
namespace {

using Doubles = std::vector<double>;

void CheckLogprob(i64 rows, i64 vocab, float spread) {
  const auto logits = Random(rows * vocab, 1, spread), dlogprob = Random(rows, 2),
             dentropy = Random(rows, 3);
  const float inv_temperature = 0.7f;
  std::vector<i32> targets;
  for (i64 i = 0; i < rows; ++i) targets.push_back(static_cast<i32>(i * 7 % vocab));
  const auto got = InEveryOrder([&](Launcher& launcher) {
    auto logprob = Unset(rows), entropy = Unset(rows), lse = Unset(rows);
    auto dlogits = logits;
    TokenLogprobForward(
        {rows,
         vocab,
         logits.data(),
         &inv_temperature,
         targets.data(),
         logprob.data(),
         entropy.data(),
         lse.data()},
        launcher);
    TokenLogprobBackward(
        {rows,
         vocab,
         dlogits.data(),
         &inv_temperature,
         targets.data(),
         entropy.data(),
         lse.data(),
         dlogprob.data(),
         dentropy.data()},
        launcher);
    return Results{logprob, entropy, lse, dlogits};
  });
  Doubles logprob, entropy, lse, dlogits;
  for (i64 i = 0; i < rows; ++i) {
    Doubles s(vocab);
    double top = -INFINITY, sum = 0.0, h = 0.0;
    for (i64 v = 0; v < vocab; ++v) {
      s[v] = double(inv_temperature) * logits[i * vocab + v];
      top = std::max(top, s[v]);
    }
    for (const double x : s) sum += std::exp(x - top);
    const double l = top + std::log(sum);
    for (const double x : s) h -= std::exp(x - l) * (x - l);
    for (i64 v = 0; v < vocab; ++v) {
      const double p = std::exp(s[v] - l);
      dlogits.push_back(
          inv_temperature *
          (dlogprob[i] * ((v == targets[i] ? 1.0 : 0.0) - p) - dentropy[i] * p * (s[v] - l + h)));
    }
    logprob.push_back(s[targets[i]] - l);
    entropy.push_back(h);
    lse.push_back(l);
  }
  EXPECT_BELOW(MaxError(got[0], logprob), 1e-6);
  EXPECT_BELOW(MaxError(got[1], entropy), 3e-6);
  EXPECT_BELOW(MaxError(got[2], lse), 1e-6);
  EXPECT_BELOW(MaxError(got[3], dlogits), 3e-6);
}

RATIONALE_TEST(token_logprob) {
  for (const i64 vocab : {1, 31, 33, 1009, 9001}) CheckLogprob(5, vocab, 2.0f);
  CheckLogprob(33, 515, 20.0f);
  CheckLogprob(31, 2, 1.0f);
}

struct Draw {
  i64 token;
  double logprob, entropy;
};

/// sample.h to the letter, by sorting.
Draw NaiveSample(
    const float* logits, const float* params, const i64* keys, const u8* suppressed, i64 vocab) {
  const double temperature = params[0] == 0.0f ? 1.0 : params[0];
  double top = -INFINITY, sum = 0.0, entropy = 0.0;
  for (i64 v = 0; v < vocab; ++v) top = std::max(top, logits[v] / temperature);
  for (i64 v = 0; v < vocab; ++v) sum += std::exp(logits[v] / temperature - top);
  const double lse = top + std::log(sum);
  for (i64 v = 0; v < vocab; ++v) {
    const double l = logits[v] / temperature - lse;
    entropy -= std::exp(l) * l;
  }
  std::vector<i64> order;
  for (i64 v = 0; v < vocab; ++v) {
    if (suppressed[v] == 0) order.push_back(v);
  }
  std::stable_sort(order.begin(), order.end(), [&](i64 a, i64 b) { return logits[a] > logits[b]; });
  i64 token = order[0];
  if (params[0] > 0.0f) {
    const auto weight = [&](i64 v) {
      return std::exp((logits[v] - logits[order[0]]) / temperature);
    };
    const auto k = static_cast<size_t>(params[1]);
    if (k > 0 && k < order.size()) {
      size_t kept = k;
      while (kept < order.size() && logits[order[kept]] == logits[order[k - 1]]) ++kept;
      order.resize(kept);
    }
    double total = 0.0, mass = 0.0;
    for (const i64 v : order) total += weight(v);
    if (params[2] < 1.0f) {
      size_t kept = 0;
      while (kept < order.size() && mass < double(params[2]) * total) mass += weight(order[kept++]);
      order.resize(std::max<size_t>(kept, 1));
    }
    while (order.size() > 1 && weight(order.back()) < double(params[3])) order.pop_back();
    std::sort(order.begin(), order.end());
    total = 0.0;
    for (const i64 v : order) total += weight(v);
    const double u = kernels::PhiloxUniform(keys[0], keys[1]);
    double running = 0.0;
    for (const i64 v : order) {
      token = v;
      running += weight(v);
      if (running > u * total) break;
    }
  }
  return {token, logits[token] / temperature - lse, entropy};
}

void CheckSample(i64 rows, i64 vocab, const std::vector<float>& setting, bool ties, bool suppress) {
  auto logits = Random(rows * vocab, 1, 2.0f);
  // Ties: multiples of 0.5, so that equal logits are plenty.
  if (ties)
    for (float& x : logits) x = std::round(x * 2.0f) / 2.0f;
  std::vector<float> params;
  std::vector<i64> keys;
  for (i64 i = 0; i < rows; ++i) {
    params.insert(params.end(), setting.begin(), setting.end());
    keys.insert(keys.end(), {1234567891011 + i / 3, i * 977});
  }
  std::vector<u8> suppressed(vocab, 0);
  if (suppress)
    for (i64 v = 0; v < vocab; v += 3) suppressed[v] = 1;
  if (suppress && vocab > 1) logits[0] = 60.0f;
  std::vector<i32> tokens;
  const auto got = InEveryOrder([&](Launcher& launcher) {
    auto weights = Unset(rows * vocab), logprob = Unset(rows), entropy = Unset(rows);
    tokens.assign(rows, -9);
    SampleForward(
        {rows,
         vocab,
         logits.data(),
         params.data(),
         keys.data(),
         suppressed.data(),
         weights.data(),
         tokens.data(),
         logprob.data(),
         entropy.data()},
        launcher);
    std::vector<float> as_float(tokens.begin(), tokens.end());
    return Results{logprob, entropy, as_float};
  });
  for (i64 i = 0; i < rows; ++i) {
    const Draw draw =
        NaiveSample(&logits[i * vocab], &params[4 * i], &keys[2 * i], suppressed.data(), vocab);
    EXPECT(tokens[i] == draw.token);
    EXPECT(std::fabs(got[0][i] - draw.logprob) < 2e-6 * (1.0 + std::fabs(draw.logprob)));
    EXPECT(std::fabs(got[1][i] - draw.entropy) < 2e-6 * (1.0 + draw.entropy));
  }
}

RATIONALE_TEST(sample) {
  for (const i64 vocab : {1, 33, 701}) {
    for (const bool ties : {false, true}) {
      const bool suppress = vocab > 1;
      CheckSample(2, vocab, {0.0f, 0.0f, 1.0f, 0.0f}, ties, suppress);    // greedy
      CheckSample(2, vocab, {0.9f, 0.0f, 1.0f, 0.0f}, ties, suppress);    // plain
      CheckSample(2, vocab, {1.3f, 5.0f, 1.0f, 0.0f}, ties, suppress);    // top-k
      CheckSample(2, vocab, {1.0f, 0.0f, 0.6f, 0.0f}, ties, suppress);    // top-p
      CheckSample(2, vocab, {1.0f, 0.0f, 1.0f, 0.2f}, ties, false);       // min-p
      CheckSample(2, vocab, {0.8f, 40.0f, 0.9f, 0.05f}, ties, suppress);  // all three
    }
  }
}

RATIONALE_TEST(sample_follows_the_distribution) {
  const std::vector<float> logits = {0.0f, std::log(2.0f), std::log(3.0f), std::log(4.0f)};
  const std::vector<u8> suppressed(4, 0);
  constexpr i64 kRows = 2000;
  std::vector<float> all, params;
  std::vector<i64> keys;
  for (i64 i = 0; i < kRows; ++i) {
    all.insert(all.end(), logits.begin(), logits.end());
    params.insert(params.end(), {1.0f, 0.0f, 1.0f, 0.0f});
    keys.insert(keys.end(), {42, i});
  }
  auto weights = Unset(4 * kRows), logprob = Unset(kRows), entropy = Unset(kRows);
  std::vector<i32> tokens(kRows);
  EmulatedLauncher launcher;
  SampleForward(
      {kRows,
       4,
       all.data(),
       params.data(),
       keys.data(),
       suppressed.data(),
       weights.data(),
       tokens.data(),
       logprob.data(),
       entropy.data()},
      launcher);
  double chi2 = 0.0;
  for (int t = 0; t < 4; ++t) {
    const double expected = kRows * (t + 1) / 10.0;
    const double seen = static_cast<double>(std::count(tokens.begin(), tokens.end(), t));
    chi2 += (seen - expected) * (seen - expected) / expected;
  }
  EXPECT_BELOW(chi2, 16.27);  // 3 degrees of freedom, p = 0.001; the seed is fixed
}

RATIONALE_TEST(sample_marks_rows_without_a_token) {
  const float nan = std::nanf(""), inf = INFINITY;
  const std::vector<float> logits = {1, 2, nan, 1, 2, inf, 1, 2, 3, 1, -inf, 2};
  const std::vector<float> params = {1, 0, 1, 0, 1, 0, 1, 0, -1, 0, 1, 0, 1, 0, 1, 0};
  const std::vector<i64> keys(8, 5);
  std::vector<u8> suppressed(3, 0);
  auto weights = Unset(12), logprob = Unset(4), entropy = Unset(4);
  std::vector<i32> tokens(4);
  EmulatedLauncher launcher;
  const SampleParams p{
      4,
      3,
      logits.data(),
      params.data(),
      keys.data(),
      suppressed.data(),
      weights.data(),
      tokens.data(),
      logprob.data(),
      entropy.data()};
  SampleForward(p, launcher);
  for (int i = 0; i < 3; ++i) EXPECT(tokens[i] == -1 && std::isnan(logprob[i]));
  EXPECT(tokens[3] == 0 || tokens[3] == 2);
  EXPECT(std::isfinite(logprob[3]) && std::isfinite(entropy[3]));
  suppressed.assign(3, 1);
  SampleForward(p, launcher);
  EXPECT(tokens[3] == -1);
}

}  // namespace
}  // namespace rationale::cuda::test
