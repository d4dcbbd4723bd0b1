// The decode attention kernels against a naive softmax in double over prefix and cache rows.
#include "kernels/decode_attention/decode_attention_launch.h"
#include "tests/attention_reference.h"
#include "tests/cuda/emulated.h"

namespace rationale::cuda::test {
namespace {

struct Setting {
  i64 heads, kv_heads, head_size, prefix_rows, slots, capacity;
  std::vector<i32> rows;
};

void Check(const Setting& s) {
  const i64 batch = static_cast<i64>(s.rows.size() / 4), e = s.head_size;
  const i64 columns = (s.heads + 2 * s.kv_heads) * e, kv_columns = 2 * s.kv_heads * e;
  const float scale = 1.0f / std::sqrt(static_cast<float>(e));
  const auto qkv = Random(batch * columns, 1), cos = Random(batch * e, 2),
             sin = Random(batch * e, 3), prefix = Random(s.prefix_rows * kv_columns, 4),
             before = Random(s.slots * s.capacity * kv_columns, 5);
  const i64 pieces = DecodePieces(s.prefix_rows + s.capacity);
  const auto got = InEveryOrder([&](Launcher& launcher) {
    auto cache = before;
    auto out = Unset(batch * s.heads * e), partial = Unset(batch * s.heads * pieces * (e + 2));
    DecodeAttentionForward(
        {batch,
         s.heads,
         s.kv_heads,
         e,
         s.prefix_rows,
         s.slots,
         s.capacity,
         scale,
         pieces,
         qkv.data(),
         cos.data(),
         sin.data(),
         prefix.data(),
         s.rows.data(),
         cache.data(),
         partial.data(),
         out.data()},
        launcher);
    return Results{out, cache};
  });
  std::vector<double> cache(before.begin(), before.end()), out;
  for (i64 b = 0; b < batch; ++b) {
    const i64 start = s.rows[4 * b], length = s.rows[4 * b + 1], slot = s.rows[4 * b + 2],
              position = s.rows[4 * b + 3];
    const auto head = [&](i64 h, bool rotate) {
      std::vector<double> x(e), y(e);
      for (i64 i = 0; i < e; ++i) x[i] = qkv[b * columns + h * e + i];
      kernels::test::Rotate<double>(x.data(), &cos[b * e], &sin[b * e], e, y.data(), false);
      return rotate ? y : x;
    };
    double* own = &cache[slot * s.capacity * kv_columns];
    for (i64 h = 0; h < 2 * s.kv_heads; ++h) {
      const auto x = head(s.heads + h, h < s.kv_heads);
      for (i64 i = 0; i < e; ++i) own[position * kv_columns + h * e + i] = x[i];
    }
    for (i64 h = 0; h < s.heads; ++h) {
      const auto q = head(h, true);
      const i64 g = h / (s.heads / s.kv_heads);
      std::vector<double> weights, values(e, 0.0);
      const auto element = [&](i64 j, i64 column) {
        return j < length ? static_cast<double>(prefix[(start + j) * kv_columns + column])
                          : own[(j - length) * kv_columns + column];
      };
      double top = -INFINITY, sum = 0.0;
      for (i64 j = 0; j < length + position + 1; ++j) {
        double dot = 0.0;
        for (i64 i = 0; i < e; ++i) dot += q[i] * element(j, g * e + i);
        weights.push_back(dot * scale);
        top = std::max(top, weights.back());
      }
      for (i64 j = 0; j < length + position + 1; ++j) {
        const double w = std::exp(weights[j] - top);
        sum += w;
        for (i64 i = 0; i < e; ++i) values[i] += w * element(j, (s.kv_heads + g) * e + i);
      }
      for (const double v : values) out.push_back(v / sum);
    }
  }
  EXPECT_BELOW(MaxError(got[0], out), 2e-6);
  EXPECT_BELOW(MaxError(got[1], cache), 5e-7);
}

RATIONALE_TEST(decode_attention) {
  Check({1, 1, 2, 0, 1, 1, {0, 0, 0, 0}});
  Check({4, 2, 32, 20, 3, 9, {0, 13, 2, 0, 0, 13, 0, 8, 13, 7, 1, 5}});
  Check({7, 1, 80, 5, 2, 33, {0, 0, 1, 32, 2, 3, 0, 31}});
  Check({14, 1, 6, 31, 2, 7, {0, 31, 1, 6, 0, 1, 0, 0}});           // two blocks of heads
  Check({2, 1, 128, 700, 2, 600, {0, 700, 1, 599, 650, 3, 0, 2}});  // several pieces
  Check({3, 3, 64, 1031, 1, 40, {0, 1031, 0, 17}});
}

RATIONALE_TEST(decode_attention_marks_bad_rows) {
  const std::vector<i32> rows = {0, 2, 0, 1, 0, 2, 5, 1, 0, 3, 1, 1, 0, 2, 1, 4};
  const i64 e = 4;
  const auto qkv = Random(4 * 3 * e, 1), cos = Random(4 * e, 2), sin = Random(4 * e, 3),
             prefix = Random(2 * 2 * e, 4), before = Random(2 * 4 * 2 * e, 5);
  auto cache = before;
  auto out = Unset(4 * e), partial = Unset(4 * (e + 2));
  EmulatedLauncher launcher;
  DecodeAttentionForward(
      {4,
       1,
       1,
       e,
       2,
       2,
       4,
       1.0f,
       1,
       qkv.data(),
       cos.data(),
       sin.data(),
       prefix.data(),
       rows.data(),
       cache.data(),
       partial.data(),
       out.data()},
      launcher);
  for (i64 b = 0; b < 4; ++b) EXPECT(std::isnan(out[b * e]) == (b > 0));
  for (i64 i = 0; i < static_cast<i64>(cache.size()); ++i)
    EXPECT((i / (2 * e) == 1) == (cache[i] != before[i]));
}

}  // namespace
}  // namespace rationale::cuda::test
