// The attention kernels against the definition in double: ragged and windowed segments, shared
// prefixes, uncovered rows, head sizes that fill no warp, invalid input.
#include "kernels/attention/attention_launch.h"
#include "tests/attention_reference.h"
#include "tests/cuda/emulated.h"

namespace rationale::cuda::test {
namespace {

struct Setting {
  i64 rows, heads, kv_heads, head_size;
  bool causal;
  std::vector<i32> segments;
  float spread = 1.0f;
};

Results Run(
    const Setting& s,
    const std::vector<float>& qkv,
    const std::vector<float>& cos,
    const std::vector<float>& sin,
    const std::vector<float>& dout,
    Launcher& launcher) {
  const AttentionShape shape{
      s.rows,
      s.heads,
      s.kv_heads,
      s.head_size,
      static_cast<i64>(s.segments.size() / 4),
      s.causal ? 1 : 0,
      1.0f / std::sqrt(static_cast<float>(s.head_size))};
  std::vector<i32> tiles(shape.segments + 1, -7);
  auto out = Unset(s.rows * s.heads * s.head_size), lse = Unset(s.rows * s.heads),
       kv = Unset(s.rows * shape.kv_columns());
  AttentionForward(
      {shape,
       qkv.data(),
       cos.data(),
       sin.data(),
       s.segments.data(),
       tiles.data(),
       out.data(),
       lse.data(),
       kv.data()},
      launcher);
  auto kv_again = Unset(s.rows * shape.kv_columns()), delta = Unset(s.rows * s.heads),
       dqkv = Unset(s.rows * shape.columns());
  AttentionBackward(
      {shape,
       qkv.data(),
       cos.data(),
       sin.data(),
       s.segments.data(),
       out.data(),
       lse.data(),
       dout.data(),
       tiles.data(),
       kv_again.data(),
       delta.data(),
       dqkv.data()},
      launcher);
  return {out, lse, kv, dqkv};
}

struct Inputs {
  std::vector<float> qkv, cos, sin, dout;
};

Inputs MakeInputs(const Setting& s) {
  Inputs in;
  in.qkv = Random(s.rows * (s.heads + 2 * s.kv_heads) * s.head_size, 1, s.spread);
  in.dout = Random(s.rows * s.heads * s.head_size, 2);
  for (const float a : Random(s.rows * s.head_size, 3, 3.0f)) {
    in.cos.push_back(std::cos(a));
    in.sin.push_back(std::sin(a));
  }
  return in;
}

void Check(const Setting& s) {
  const Inputs in = MakeInputs(s);
  const auto got = InEveryOrder(
      [&](Launcher& launcher) { return Run(s, in.qkv, in.cos, in.sin, in.dout, launcher); });
  const kernels::AttentionShape shape{
      s.rows,
      s.heads,
      s.kv_heads,
      s.head_size,
      static_cast<int64_t>(s.segments.size() / 4),
      s.causal,
      1.0f / std::sqrt(static_cast<float>(s.head_size))};
  const auto ref = kernels::test::NaiveAttention<double>(
      shape, in.qkv.data(), in.cos.data(), in.sin.data(), s.segments.data(), in.dout.data());
  EXPECT_BELOW(MaxError(got[0], ref.out), 2e-6 * s.spread);
  EXPECT_BELOW(MaxError(got[1], ref.lse), 1e-6);
  EXPECT_BELOW(MaxError(got[3], ref.dqkv), 3e-6 * s.spread);
  std::vector<double> kv;
  for (i64 i = 0; i < s.rows; ++i) {
    const i64 n = s.kv_heads * s.head_size;
    kv.insert(kv.end(), ref.k.begin() + i * n, ref.k.begin() + (i + 1) * n);
    kv.insert(kv.end(), ref.v.begin() + i * n, ref.v.begin() + (i + 1) * n);
  }
  EXPECT_BELOW(MaxError(got[2], kv), 5e-7);
}

RATIONALE_TEST(attention_one_row) { Check({1, 1, 1, 2, true, {0, 1, 0, 0}}); }
RATIONALE_TEST(attention_ragged_causal) {
  Check({127, 6, 2, 32, true, {0, 31, 0, 0, 31, 33, 0, 0, 64, 1, 0, 0, 65, 47, 0, 0}});
}
RATIONALE_TEST(attention_windows) {
  Check({64, 2, 2, 32, false, {0, 16, 0, 0, 16, 16, 0, 0, 32, 16, 0, 0, 48, 16, 0, 0}});
}
RATIONALE_TEST(attention_head_sizes) {
  Check({71, 3, 3, 6, false, {0, 13, 0, 0, 20, 51, 0, 0}});
  Check({71, 2, 1, 34, true, {0, 13, 0, 0, 20, 51, 0, 0}});
  Check({40, 2, 1, 80, true, {0, 40, 0, 0}});
  Check({37, 1, 1, 128, false, {0, 37, 0, 0}});
}
RATIONALE_TEST(attention_shared_prefix) {
  Check({160, 4, 2, 32, true, {0, 52, 0,   0, 52, 23, 0,   52, 75,  31, 0,   52, 106, 1,
                               0, 52, 107, 7, 0,  0,  114, 17, 107, 7,  131, 19, 107, 7}});
}
RATIONALE_TEST(attention_uncovered_prefix) {
  Check({50, 2, 2, 16, true, {20, 30, 3, 11}});
  Check({50, 2, 2, 16, false, {20, 30, 3, 11}});
}
RATIONALE_TEST(attention_segments_out_of_order) {
  Check({90, 2, 1, 8, true, {40, 50, 5, 35, 0, 40, 0, 0}});
}
RATIONALE_TEST(attention_many_segments) {
  Setting s{601, 1, 1, 4, true, {}};
  for (i32 i = 0; i < 300; ++i) s.segments.insert(s.segments.end(), {2 * i, i % 3, 0, 0});
  Check(s);
}
RATIONALE_TEST(attention_long) {
  Check({331, 1, 1, 32, true, {0, 331, 0, 0}});
  Check({211, 1, 1, 64, false, {0, 100, 0, 0, 100, 111, 0, 100}});
}
RATIONALE_TEST(attention_large_scores) { Check({90, 2, 1, 32, true, {0, 90, 0, 0}, 6.0f}); }
RATIONALE_TEST(attention_empty) {
  Check({5, 2, 1, 8, true, {}});
  Check({5, 2, 1, 8, true, {2, 0, 0, 0, 1, 3, 0, 1}});
}

RATIONALE_TEST(attention_marks_bad_segments) {
  // The second segment reaches over the end, the third one's prefix does: NaN there and only there.
  const Setting s{20, 1, 1, 4, true, {0, 5, 0, 0, 15, 9, 0, 0, 6, 4, 18, 3}};
  const Inputs in = MakeInputs(s);
  EmulatedLauncher launcher;
  const auto got = Run(s, in.qkv, in.cos, in.sin, in.dout, launcher);
  for (i64 row = 0; row < s.rows; ++row) {
    const bool bad = (row >= 6 && row < 10) || row >= 15;
    EXPECT(std::isnan(got[0][row * 4]) == bad);
    EXPECT(std::isnan(got[1][row]) == bad);
    EXPECT(std::isnan(got[3][row * 12]) == bad);
  }
}

}  // namespace
}  // namespace rationale::cuda::test
