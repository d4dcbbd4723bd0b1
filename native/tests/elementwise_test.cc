// AdamW, SumSquares, ScatterAddRows, RmsNorm and SwiGlu against plain double loops.
#include <cmath>

#include "harness.h"
#include "kernels/adamw/adamw.h"
#include "kernels/rms_norm/rms_norm.h"
#include "kernels/scatter_add_rows/scatter_add_rows.h"
#include "kernels/sum_squares/sum_squares.h"
#include "kernels/swiglu/swiglu.h"

namespace rationale::kernels::test {
namespace {

RATIONALE_TEST(adamw_steps) {
  for (const int64_t n : {int64_t{1}, int64_t{31}, int64_t{33}, int64_t{70001}}) {
    auto p = Random(n, 1);
    std::vector<float> m(n, 0.0f), v(n, 0.0f);
    std::vector<double> rp(p.begin(), p.end()), rm(n, 0.0), rv(n, 0.0);
    for (int t = 1; t <= 3; ++t) {
      const auto g = Random(n, 10 + t);
      const float hyper[] = {
          1e-2f,
          0.9f,
          0.999f,
          1e-8f,
          0.1f,
          static_cast<float>(1 - std::pow(0.9, t)),
          static_cast<float>(1 - std::pow(0.999, t)),
          0.5f};
      AdamW(
          {n, p.data(), m.data(), v.data(), g.data(), hyper, p.data(), m.data(), v.data()},
          Threads(3));
      for (int64_t i = 0; i < n; ++i) {
        const double x = 0.5 * g[i];
        rp[i] *= 1 - 1e-2 * 0.1;
        rm[i] = 0.9 * rm[i] + 0.1 * x;
        rv[i] = 0.999 * rv[i] + 0.001 * x * x;
        rp[i] -= 1e-2 / (1 - std::pow(0.9, t)) * rm[i] /
                 (std::sqrt(rv[i]) / std::sqrt(1 - std::pow(0.999, t)) + 1e-8);
      }
    }
    EXPECT_BELOW(MaxError(p, rp), 1e-6);
    EXPECT_BELOW(MaxError(m, rm), 1e-6);
    EXPECT_BELOW(MaxError(v, rv), 1e-6);
  }
}

RATIONALE_TEST(sum_squares) {
  for (const int64_t n : {int64_t{0}, int64_t{1}, int64_t{33}, int64_t{200003}}) {
    const auto x = Random(n, 1, 100.0f);
    ScratchPool pool;
    double expected = 0;
    for (const float y : x) expected += double(y) * y;
    const double one = SumSquares(x.data(), n, Sequential(), pool);
    EXPECT(std::fabs(one - expected) <= 1e-12 * expected);
    EXPECT(one == SumSquares(x.data(), n, Threads(3), pool));
  }
}

RATIONALE_TEST(scatter_add_rows) {
  for (const int64_t d : {int64_t{1}, int64_t{33}, int64_t{300}}) {
    const int64_t n = 517, r = 61;
    const auto rows = Random(n * d, 1);
    std::vector<int32_t> index;
    // Half of the rows go to one destination; 60 and most of the rest stay empty.
    for (int64_t i = 0; i < n; ++i) index.push_back(i % 2 ? 7 : static_cast<int32_t>(i * 13 % 40));
    std::vector<float> out(r * d, NAN), many(r * d, NAN);
    std::vector<double> expected(r * d, 0.0);
    ScatterAddRows({n, d, r, rows.data(), index.data(), out.data()}, Sequential());
    ScatterAddRows({n, d, r, rows.data(), index.data(), many.data()}, Threads(3));
    for (int64_t i = 0; i < n; ++i)
      for (int64_t c = 0; c < d; ++c) expected[index[i] * d + c] += rows[i * d + c];
    EXPECT_BELOW(MaxError(out, expected), 1e-6);
    EXPECT(out == many);
    index[3] = 61;
    EXPECT_ERROR(
        ScatterAddRows({n, d, r, rows.data(), index.data(), out.data()}, Sequential()),
        "index inside [0, 61), got 61 at 3");
  }
}

RATIONALE_TEST(rms_norm) {
  for (const int64_t d : {int64_t{1}, int64_t{33}, int64_t{192}}) {
    for (const bool add : {false, true}) {
      const int64_t n = 401;
      const float eps = 1e-3f;
      const auto x = Random(n * d, 1), r = Random(n * d, 2), w = Random(d, 3);
      const auto dy = Random(n * d, 4), dsum = Random(n * d, 5);
      std::vector<double> s(n * d), y(n * d), rstd(n), dx(n * d), dw(d, 0.0);
      for (int64_t i = 0; i < n; ++i) {
        double squares = 0, products = 0;
        for (int64_t c = 0; c < d; ++c) {
          s[i * d + c] = double(x[i * d + c]) + (add ? r[i * d + c] : 0.0f);
          squares += s[i * d + c] * s[i * d + c];
        }
        rstd[i] = 1 / std::sqrt(squares / d + eps);
        for (int64_t c = 0; c < d; ++c) {
          y[i * d + c] = s[i * d + c] * rstd[i] * w[c];
          products += double(dy[i * d + c]) * w[c] * s[i * d + c];
          dw[c] += dy[i * d + c] * s[i * d + c] * rstd[i];
        }
        for (int64_t c = 0; c < d; ++c) {
          dx[i * d + c] =
              rstd[i] * (dy[i * d + c] * w[c] - s[i * d + c] * rstd[i] * rstd[i] * products / d) +
              (add ? dsum[i * d + c] : 0.0f);
        }
      }
      const auto run = [&](const Parallel& parallel) {
        ScratchPool pool;
        std::vector<std::vector<float>> out;
        for (const int64_t size : {n * d, n * d, n, n * d, d}) out.emplace_back(size, NAN);
        RmsNorm(
            {n,
             d,
             eps,
             x.data(),
             add ? r.data() : nullptr,
             w.data(),
             add ? out[0].data() : nullptr,
             out[1].data(),
             out[2].data()},
            parallel);
        RmsNormGrad(
            {n,
             d,
             add ? dsum.data() : nullptr,
             dy.data(),
             add ? out[0].data() : x.data(),
             w.data(),
             out[2].data(),
             out[3].data(),
             out[4].data()},
            parallel,
            pool);
        return out;
      };
      const auto one = run(Sequential());
      const auto many = run(Threads(3));
      for (size_t i = add ? 0 : 1; i < 5; ++i) EXPECT(one[i] == many[i]);
      if (add) EXPECT_BELOW(MaxError(one[0], s), 1e-7);
      EXPECT_BELOW(MaxError(one[1], y), 1e-6);
      EXPECT_BELOW(MaxError(one[2], rstd), 1e-6);
      EXPECT_BELOW(MaxError(one[3], dx), 1e-6);
      EXPECT_BELOW(MaxError(one[4], dw), 2e-6);
    }
  }
}

RATIONALE_TEST(swiglu) {
  for (const int64_t columns : {int64_t{1}, int64_t{33}, int64_t{512}}) {
    const int64_t n = 67;
    auto x = Random(n * 2 * columns, 1, 4.0f);
    x[0] = 90.0f;  // e^-x underflows
    const auto dh = Random(n * columns, 2);
    std::vector<float> h(n * columns, NAN), dx(x.size(), NAN);
    SwiGlu({n, columns, x.data(), h.data()}, Threads(3));
    SwiGluGrad({n, columns, x.data(), dh.data(), dx.data()}, Threads(3));
    std::vector<double> rh(h.size()), rdx(x.size());
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t c = 0; c < columns; ++c) {
        const double g = x[i * 2 * columns + c], u = x[i * 2 * columns + columns + c];
        const double sigmoid = 1 / (1 + std::exp(-g)), d = dh[i * columns + c];
        rh[i * columns + c] = g * sigmoid * u;
        rdx[i * 2 * columns + c] = d * u * sigmoid * (1 + g * (1 - sigmoid));
        rdx[i * 2 * columns + columns + c] = d * g * sigmoid;
      }
    }
    EXPECT_BELOW(MaxError(h, rh), 5e-7);
    EXPECT_BELOW(MaxError(dx, rdx), 5e-7);
  }
  // Extremes stay finite.
  const float edge[] = {-300.0f, 300.0f, 0.0f, 1.0f, 1.0f, 1.0f};
  float h[3];
  SwiGlu({1, 3, edge, h}, Sequential());
  EXPECT(std::fabs(h[0]) < 1e-30f && h[1] == 300.0f && h[2] == 0.0f);
}

}  // namespace
}  // namespace rationale::kernels::test
