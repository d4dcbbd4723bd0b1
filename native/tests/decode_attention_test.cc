// DecodeAttention against Attention's definition over the concatenated rows.
#include "kernels/decode_attention/decode_attention.h"

#include <cmath>

#include "attention_reference.h"
#include "harness.h"

namespace rationale::kernels::test {
namespace {

struct Row {
  int32_t prefix_start, prefix_length, slot, position;
};

void Check(
    int64_t heads,
    int64_t kv_heads,
    int64_t e,
    int64_t prefix_rows,
    int64_t slots,
    int64_t capacity,
    const std::vector<Row>& rows) {
  const auto batch = static_cast<int64_t>(rows.size());
  const int64_t columns = (heads + 2 * kv_heads) * e;
  const int64_t kv = 2 * kv_heads * e;
  const auto qkv = Random(batch * columns, 1);
  const auto cos = Random(batch * e, 2);
  const auto sin = Random(batch * e, 3);
  const auto prefix = Random(prefix_rows * kv, 4);
  const auto before = Random(slots * capacity * kv, 5);
  const float scale = 1.0f / std::sqrt(static_cast<float>(e));

  const auto run = [&](const Parallel& parallel, std::vector<float>& cache) {
    ScratchPool pool;
    std::vector<float> out(static_cast<size_t>(batch * heads * e), NAN);
    cache = before;
    DecodeAttention(
        {batch,
         heads,
         kv_heads,
         e,
         prefix_rows,
         slots,
         capacity,
         scale,
         qkv.data(),
         cos.data(),
         sin.data(),
         prefix.data(),
         &rows[0].prefix_start,
         cache.data(),
         out.data()},
        parallel,
        pool);
    return out;
  };
  std::vector<float> cache, cache_many;
  const auto out = run(Sequential(), cache);
  EXPECT(out == run(Threads(3), cache_many));
  EXPECT(cache == cache_many);

  std::vector<double> expected_out;
  std::vector<double> expected_cache(before.begin(), before.end());
  for (int64_t b = 0; b < batch; ++b) {
    const Row& row = rows[static_cast<size_t>(b)];
    std::vector<double> x(e), y(e);
    const auto head = [&](int64_t h) {
      for (int64_t i = 0; i < e; ++i) x[i] = qkv[b * columns + h * e + i];
      Rotate<double>(x.data(), &cos[b * e], &sin[b * e], e, y.data(), false);
      return y;
    };
    double* own = &expected_cache[row.slot * capacity * kv];
    for (int64_t h = 0; h < kv_heads; ++h) {
      const auto k = head(heads + h);
      for (int64_t i = 0; i < e; ++i) {
        own[row.position * kv + h * e + i] = k[i];
        own[row.position * kv + (kv_heads + h) * e + i] =
            qkv[b * columns + (heads + kv_heads + h) * e + i];
      }
    }
    for (int64_t h = 0; h < heads; ++h) {
      const auto q = head(h);
      const int64_t g = h / (heads / kv_heads);
      const int64_t keys = row.prefix_length + row.position + 1;
      std::vector<double> s(keys);
      const auto at = [&](int64_t j, int64_t i) {
        if (j < row.prefix_length) return double(prefix[(row.prefix_start + j) * kv + i]);
        return own[(j - row.prefix_length) * kv + i];
      };
      double top = -INFINITY, sum = 0;
      for (int64_t j = 0; j < keys; ++j) {
        for (int64_t i = 0; i < e; ++i) s[j] += q[i] * at(j, g * e + i) * double(scale);
        top = std::fmax(top, s[j]);
      }
      for (double& p : s) sum += p = std::exp(p - top);
      for (int64_t i = 0; i < e; ++i) {
        double o = 0;
        for (int64_t j = 0; j < keys; ++j) o += s[j] / sum * at(j, (kv_heads + g) * e + i);
        expected_out.push_back(o);
      }
    }
  }
  EXPECT_BELOW(MaxError(out, expected_out), 2e-6);
  EXPECT_BELOW(MaxError(cache, expected_cache), 5e-7);
}

RATIONALE_TEST(decode_first_token) { Check(1, 1, 2, 0, 1, 1, {{0, 0, 0, 0}}); }
RATIONALE_TEST(decode_ragged) {
  Check(6, 2, 32, 60, 5, 64, {{0, 52, 3, 0}, {0, 52, 1, 63}, {52, 7, 0, 16}, {0, 0, 4, 31}});
}
RATIONALE_TEST(decode_shared_prefix) {
  // Eleven rows of one prompt (more than an item holds), then three of another, in scrambled slots.
  std::vector<Row> rows;
  for (int32_t i = 0; i < 11; ++i) rows.push_back({3, 37, (i * 5 + 2) % 14, (i * 7) % 30});
  for (int32_t i = 11; i < 14; ++i) rows.push_back({40, 17, (i * 5 + 2) % 14, 29});
  Check(6, 2, 32, 60, 14, 30, rows);
  Check(2, 2, 18, 60, 14, 30, rows);
}
RATIONALE_TEST(decode_odd_head_size) { Check(4, 4, 18, 9, 3, 40, {{1, 8, 2, 39}, {0, 3, 0, 12}}); }
RATIONALE_TEST(decode_long) { Check(4, 2, 64, 700, 1, 1300, {{10, 690, 0, 1299}}); }
RATIONALE_TEST(decode_refuses) {
  EXPECT_ERROR(Check(2, 1, 8, 4, 2, 4, {{0, 5, 0, 0}}), "prefix rows inside [0, 4)");
  EXPECT_ERROR(Check(2, 1, 8, 4, 2, 4, {{0, 4, 2, 0}}), "slot below 2");
  EXPECT_ERROR(Check(2, 1, 8, 4, 2, 4, {{0, 4, 1, 4}}), "position below 4");
  EXPECT_ERROR(Check(2, 1, 8, 4, 2, 4, {{0, 4, 1, 0}, {0, 4, 1, 1}}), "its own slot");
}

}  // namespace
}  // namespace rationale::kernels::test
