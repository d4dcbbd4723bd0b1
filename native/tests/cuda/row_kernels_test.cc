// RMSNorm, SwiGLU, AdamW, sum of squares and scatter-add against naive loops in double.
#include "kernels/adamw/adamw_launch.h"
#include "kernels/rms_norm/rms_norm_launch.h"
#include "kernels/scatter_add_rows/scatter_add_rows_launch.h"
#include "kernels/sum_squares/sum_squares_launch.h"
#include "kernels/swiglu/swiglu_launch.h"
#include "tests/cuda/emulated.h"

namespace rationale::cuda::test {
namespace {

using Doubles = std::vector<double>;

void CheckRmsNorm(i64 n, i64 d, bool add) {
  const auto x = Random(n * d, 1), r = Random(n * d, 2), w = Random(d, 3), dy = Random(n * d, 4),
             dsum = Random(n * d, 5);
  const float eps = 1e-6f;
  const auto got = InEveryOrder([&](Launcher& launcher) {
    auto sum = Unset(add ? n * d : 0), y = Unset(n * d), rstd = Unset(n), dx = Unset(n * d),
         dw = Unset(d), partial = Unset(RmsNormParts(n) * d);
    RmsNormForward(
        {n,
         d,
         eps,
         x.data(),
         add ? r.data() : nullptr,
         w.data(),
         add ? sum.data() : nullptr,
         y.data(),
         rstd.data()},
        launcher);
    RmsNormBackward(
        {n,
         d,
         add ? dsum.data() : nullptr,
         dy.data(),
         add ? sum.data() : x.data(),
         w.data(),
         rstd.data(),
         dx.data(),
         dw.data(),
         RmsNormParts(n),
         partial.data()},
        launcher);
    return Results{y, rstd, dx, dw, sum};
  });
  Doubles sum(n * d), y(n * d), rstd(n), dx(n * d), dw(d, 0.0);
  for (i64 i = 0; i < n; ++i) {
    double squares = 0.0, dot = 0.0;
    for (i64 j = 0; j < d; ++j) {
      const i64 at = i * d + j;
      sum[at] = static_cast<double>(x[at]) + (add ? r[at] : 0.0f);
      squares += sum[at] * sum[at];
      dot += double(dy[at]) * w[j] * sum[at];
    }
    rstd[i] = 1.0 / std::sqrt(squares / d + eps);
    for (i64 j = 0; j < d; ++j) {
      const i64 at = i * d + j;
      y[at] = sum[at] * rstd[i] * w[j];
      dx[at] = rstd[i] * (double(dy[at]) * w[j] - sum[at] * rstd[i] * rstd[i] * dot / d) +
               (add ? dsum[at] : 0.0f);
      dw[j] += double(dy[at]) * sum[at] * rstd[i];
    }
  }
  EXPECT_BELOW(MaxError(got[0], y), 1e-6);
  EXPECT_BELOW(MaxError(got[1], rstd), 1e-6);
  // A single column cancels to nearly nothing: judged by the size of what cancels.
  if (d > 1 || add) EXPECT_BELOW(MaxError(got[2], dx), 2e-6);
  for (i64 i = 0; i < n * d; ++i) EXPECT(std::fabs(got[2][i] - dx[i]) < 1e-5 * (1.0 + rstd[i / d]));
  EXPECT_BELOW(MaxError(got[3], dw), 2e-6);
  if (add) EXPECT_BELOW(MaxError(got[4], sum), 1e-6);
}

RATIONALE_TEST(rms_norm) {
  for (const bool add : {false, true}) {
    for (const i64 d : {1, 31, 33, 257, 600}) CheckRmsNorm(7, d, add);
    for (const i64 n : {1, 31, 33, 101, 400}) CheckRmsNorm(n, 37, add);
  }
  CheckRmsNorm(0, 5, false);
}

void CheckSwiGlu(i64 n, i64 inner) {
  const auto x = Random(n * 2 * inner, 1, 3.0f), dh = Random(n * inner, 2);
  const auto got = InEveryOrder([&](Launcher& launcher) {
    auto h = Unset(n * inner), dx = Unset(n * 2 * inner);
    SwiGluForward({n, inner, x.data(), h.data()}, launcher);
    SwiGluBackward({n, inner, x.data(), dh.data(), dx.data()}, launcher);
    return Results{h, dx};
  });
  Doubles h(n * inner), dx(n * 2 * inner);
  for (i64 i = 0; i < n; ++i) {
    for (i64 j = 0; j < inner; ++j) {
      const double g = x[i * 2 * inner + j], u = x[i * 2 * inner + inner + j];
      const double s = 1.0 / (1.0 + std::exp(-g)), d = dh[i * inner + j];
      h[i * inner + j] = g * s * u;
      dx[i * 2 * inner + j] = d * u * (s + g * s * (1.0 - s));
      dx[i * 2 * inner + inner + j] = d * g * s;
    }
  }
  EXPECT_BELOW(MaxError(got[0], h), 1e-6);
  EXPECT_BELOW(MaxError(got[1], dx), 1e-6);
}

RATIONALE_TEST(swiglu) {
  for (const i64 n : {1, 31, 33}) {
    for (const i64 inner : {1, 31, 33, 127}) CheckSwiGlu(n, inner);
  }
}

RATIONALE_TEST(adamw_in_place) {
  for (const i64 n : {1, 31, 33, 257, 5003}) {
    const auto p0 = Random(n, 1), g1 = Random(n, 2), g2 = Random(n, 3);
    const double lr = 1e-2, b1 = 0.9, b2 = 0.999, eps = 1e-8, decay = 0.1, scale = 0.5;
    const auto got = InEveryOrder([&](Launcher& launcher) {
      auto p = p0;
      std::vector<float> m(n, 0.0f), v(n, 0.0f);
      for (int t = 1; t <= 2; ++t) {
        const float hyper[8] = {
            float(lr),
            float(b1),
            float(b2),
            float(eps),
            float(decay),
            float(1 - std::pow(b1, t)),
            float(1 - std::pow(b2, t)),
            float(scale)};
        const auto& g = t == 1 ? g1 : g2;
        AdamWStep(
            {n, p.data(), m.data(), v.data(), g.data(), hyper, p.data(), m.data(), v.data()},
            launcher);
      }
      return Results{p, m, v};
    });
    Doubles p(p0.begin(), p0.end()), m(n, 0.0), v(n, 0.0);
    for (int t = 1; t <= 2; ++t) {
      for (i64 i = 0; i < n; ++i) {
        const double g = scale * (t == 1 ? g1[i] : g2[i]);
        p[i] *= 1 - lr * decay;
        m[i] = b1 * m[i] + (1 - b1) * g;
        v[i] = b2 * v[i] + (1 - b2) * g * g;
        p[i] -= lr / (1 - std::pow(b1, t)) * m[i] / (std::sqrt(v[i] / (1 - std::pow(b2, t))) + eps);
      }
    }
    EXPECT_BELOW(MaxError(got[0], p), 1e-6);
    EXPECT_BELOW(MaxError(got[1], m), 1e-6);
    EXPECT_BELOW(MaxError(got[2], v), 1e-6);
  }
}

RATIONALE_TEST(sum_squares) {
  for (const i64 n : {0, 1, 31, 33, 2047, 2049, 300007}) {
    const auto x = Random(n, 1);
    const auto got = InEveryOrder([&](Launcher& launcher) {
      auto sum = Unset(1);
      Doubles partial(SumSquaresParts(n), std::nan(""));
      SumSquaresForward({n, x.data(), SumSquaresParts(n), partial.data(), sum.data()}, launcher);
      return Results{sum};
    });
    double sum = 0.0;
    for (const float value : x) sum += double(value) * value;
    EXPECT(std::fabs(got[0][0] - sum) <= 1e-7 * sum);
  }
}

void CheckScatter(i64 n, i64 d, i64 table, const std::function<i32(i64)>& index_of) {
  const auto rows = Random(n * d, 1);
  std::vector<i32> index(n);
  for (i64 i = 0; i < n; ++i) index[i] = index_of(i);
  const auto got = InEveryOrder([&](Launcher& launcher) {
    auto out = Unset(table * d);
    ScatterAddRowsForward({n, d, table, rows.data(), index.data(), out.data()}, launcher);
    return Results{out};
  });
  std::vector<float> expected(table * d, 0.0f);
  for (i64 i = 0; i < n; ++i) {
    if (index[i] < 0 || index[i] >= table) continue;
    for (i64 j = 0; j < d; ++j) expected[index[i] * d + j] += rows[i * d + j];
  }
  EXPECT(SameBits(got[0], expected));  // the same order of additions
}

RATIONALE_TEST(scatter_add_rows) {
  CheckScatter(1, 1, 1, [](i64) { return 0; });
  CheckScatter(331, 33, 7, [](i64 i) { return static_cast<i32>(i * i % 7); });
  CheckScatter(600, 5, 1000, [](i64 i) { return static_cast<i32>(i * 37 % 1000); });
  CheckScatter(530, 3, 4, [](i64) { return 2; });
  CheckScatter(40, 1030, 5, [](i64 i) { return static_cast<i32>(i % 7) - 1; });  // some outside
  CheckScatter(0, 3, 4, [](i64) { return 0; });
}

}  // namespace
}  // namespace rationale::cuda::test
