// Attention forward and backward against the definition in double.
#include "attention_reference.h"
#include "harness.h"

namespace rationale::kernels::test {
namespace {

struct Setting {
  int64_t rows, heads, kv_heads, head_size;
  bool causal;
  std::vector<int32_t> segments;
  float spread = 1.0f;  // standard deviation of qkv
};

struct Result {
  std::vector<float> out, lse, kv, dqkv;
};

Result Run(
    const Setting& s,
    const AttentionShape& shape,
    const std::vector<float>& qkv,
    const std::vector<float>& cos,
    const std::vector<float>& sin,
    const std::vector<float>& dout,
    const Parallel& parallel) {
  ScratchPool pool;
  Result r;
  r.out.assign(dout.size(), NAN);
  r.lse.assign(s.rows * s.heads, NAN);
  r.kv.assign(s.rows * 2 * s.kv_heads * s.head_size, NAN);
  r.dqkv.assign(qkv.size(), NAN);
  AttentionForward(
      {shape,
       qkv.data(),
       cos.data(),
       sin.data(),
       s.segments.data(),
       r.out.data(),
       r.lse.data(),
       r.kv.data()},
      parallel,
      pool);
  AttentionBackward(
      {shape,
       qkv.data(),
       cos.data(),
       sin.data(),
       s.segments.data(),
       r.out.data(),
       r.lse.data(),
       dout.data(),
       r.dqkv.data()},
      parallel,
      pool);
  return r;
}

void Check(const Setting& s) {
  const AttentionShape shape{
      s.rows,
      s.heads,
      s.kv_heads,
      s.head_size,
      static_cast<int64_t>(s.segments.size() / 4),
      s.causal,
      1.0f / std::sqrt(static_cast<float>(s.head_size))};
  const auto qkv = Random(s.rows * shape.qkv_columns(), 1, s.spread);
  const auto dout = Random(s.rows * s.heads * s.head_size, 2);
  const auto angle = Random(s.rows * s.head_size, 3, 3.0f);
  // Independent halves: also catches a kernel that assumes cos and sin to repeat.
  std::vector<float> cos, sin;
  for (const float a : angle) {
    cos.push_back(std::cos(a));
    sin.push_back(std::sin(a));
  }
  const Result one = Run(s, shape, qkv, cos, sin, dout, Sequential());
  const auto ref = NaiveAttention<double>(
      shape, qkv.data(), cos.data(), sin.data(), s.segments.data(), dout.data());
  EXPECT_BELOW(MaxError(one.out, ref.out), 2e-6 * s.spread);
  EXPECT_BELOW(MaxError(one.lse, ref.lse), 1e-6);
  EXPECT_BELOW(MaxError(one.dqkv, ref.dqkv), 2e-6 * s.spread);
  std::vector<double> kv;
  for (int64_t i = 0; i < s.rows; ++i) {
    const int64_t n = s.kv_heads * s.head_size;
    kv.insert(kv.end(), ref.k.begin() + i * n, ref.k.begin() + (i + 1) * n);
    kv.insert(kv.end(), ref.v.begin() + i * n, ref.v.begin() + (i + 1) * n);
  }
  EXPECT_BELOW(MaxError(one.kv, kv), 5e-7);
  const Result many = Run(s, shape, qkv, cos, sin, dout, Threads(3));
  EXPECT(one.out == many.out);
  EXPECT(one.lse == many.lse);
  EXPECT(one.dqkv == many.dqkv);
}

RATIONALE_TEST(attention_one_row) { Check({1, 1, 1, 2, true, {0, 1, 0, 0}}); }
RATIONALE_TEST(attention_ragged_causal) {
  Check({117, 6, 2, 32, true, {0, 31, 0, 0, 31, 33, 0, 0, 64, 1, 0, 0, 65, 47, 0, 0}});
}
RATIONALE_TEST(attention_windows) {
  Check({64, 4, 4, 32, false, {0, 16, 0, 0, 16, 16, 0, 0, 32, 16, 0, 0, 48, 16, 0, 0}});
}
RATIONALE_TEST(attention_odd_head_size) {
  Check({71, 3, 3, 6, false, {0, 13, 0, 0, 20, 51, 0, 0}});
  Check({71, 4, 2, 18, true, {0, 13, 0, 0, 20, 51, 0, 0}});
  Check({40, 2, 1, 80, true, {0, 40, 0, 0}});
}
RATIONALE_TEST(attention_shared_prefix) {
  // Two prompts (52 and 7 rows) with completions; rows 150.. are uncovered.
  Check({160, 6, 2, 32, true, {0, 52, 0,   0, 52, 23, 0,   52, 75,  31, 0,   52, 106, 1,
                               0, 52, 107, 7, 0,  0,  114, 17, 107, 7,  131, 19, 107, 7}});
}
RATIONALE_TEST(attention_uncovered_prefix) {
  // The prefix rows belong to no segment: they get dk and dv but no output.
  Check({50, 2, 2, 16, true, {20, 30, 3, 11}});
  Check({50, 2, 2, 16, false, {20, 30, 3, 11}});
}
RATIONALE_TEST(attention_long) {
  Check({700, 3, 1, 32, true, {0, 700, 0, 0}});
  Check({611, 2, 2, 64, true, {0, 300, 0, 0, 300, 311, 0, 300}});
  Check({523, 1, 1, 128, false, {0, 523, 0, 0}});
}
RATIONALE_TEST(attention_large_scores) { Check({90, 2, 1, 32, true, {0, 90, 0, 0}, 6.0f}); }
RATIONALE_TEST(attention_empty) {
  Check({5, 2, 1, 8, true, {}});
  Check({5, 2, 1, 8, true, {2, 0, 0, 0, 1, 3, 0, 1}});
}
RATIONALE_TEST(attention_refuses) {
  EXPECT_ERROR(Check({8, 2, 1, 8, true, {0, 9, 0, 0}}), "segment rows inside [0, 8)");
  EXPECT_ERROR(Check({8, 2, 1, 8, true, {0, 4, 7, 2}}), "prefix rows inside [0, 8)");
  EXPECT_ERROR(Check({8, 2, 1, 8, true, {0, 4, 0, 0, 3, 2, 0, 0}}), "at most one segment");
}

}  // namespace
}  // namespace rationale::kernels::test
