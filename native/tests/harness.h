// The smallest test frame the kernels need.
//
// In: RATIONALE_TEST(name) { ... } bodies. Out: each body runs once per instruction set of the
// machine and, where it asks for it, per pool size; failures are printed with what was expected and
// arrived.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "kernels/parallel.h"

namespace rationale::kernels::test {

struct Case {
  const char* name;
  void (*body)();
};
std::vector<Case>& Cases();
struct Registration {
  Registration(const char* name, void (*body)()) { Cases().push_back({name, body}); }
};

void Report(const char* file, int line, const std::string& message);

/// Pools: the plain loop, and `threads` std::threads taking tasks in a scrambled order.
Parallel Sequential();
Parallel Threads(int threads);

std::vector<float> Random(int64_t count, uint32_t seed, float scale = 1.0f);

/// Largest |a - b| relative to the largest |b| (entries near 0 by cancellation are judged by the
/// scale of their tensor, or by `least` if that is larger). A NaN, or an infinity only one side
/// has, counts as infinite.
template <typename A, typename B>
double MaxError(const A& a, const B& b, double least = 1e-30) {
  if (a.size() != b.size()) return INFINITY;
  double scale = least;
  for (const auto x : b) {
    if (std::isfinite(static_cast<double>(x))) scale = std::fmax(scale, std::fabs(double(x)));
  }
  double worst = 0.0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]);
    const double y = static_cast<double>(b[i]);
    if (x == y) continue;
    const double error = std::fabs(x - y) / scale;
    if (!(error <= worst)) worst = std::isnan(error) ? INFINITY : error;
  }
  return worst;
}

}  // namespace rationale::kernels::test

#define RATIONALE_TEST(name)                                                              \
  static void name();                                                                     \
  static const ::rationale::kernels::test::Registration name##_registration(#name, name); \
  static void name()

#define EXPECT(condition)                                                             \
  do {                                                                                \
    if (!(condition))                                                                 \
      ::rationale::kernels::test::Report(__FILE__, __LINE__, "expected " #condition); \
  } while (false)

#define EXPECT_BELOW(value, limit)                                                           \
  do {                                                                                       \
    const double value_ = (value);                                                           \
    if (!(value_ <= (limit)))                                                                \
      ::rationale::kernels::test::Report(                                                    \
          __FILE__,                                                                          \
          __LINE__,                                                                          \
          "expected " #value " <= " #limit ", got " + std::to_string(value_ * 1e6) + "e-6"); \
  } while (false)

#define EXPECT_ERROR(statement, text)                                               \
  do {                                                                              \
    std::string what_ = "nothing";                                                  \
    try {                                                                           \
      statement;                                                                    \
    } catch (const std::exception& error) {                                         \
      what_ = error.what();                                                         \
    }                                                                               \
    if (what_.find(text) == std::string::npos)                                      \
      ::rationale::kernels::test::Report(                                           \
          __FILE__, __LINE__, "expected an error with \"" text "\", got " + what_); \
  } while (false)
