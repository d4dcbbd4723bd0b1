// A benchmark entry: what to prepare, what to run.
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "kernels/isa.h"
#include "pool.h"
#include "timing.h"

namespace rationale::kernels::bench {

struct Measurement {
  std::function<void(const Parallel&)> run;
  std::function<void()> naive;  // may be empty: the ratio is then against the portable build
  double gflop = 0;
  double gbyte = 0;
  int runs = 20;
};
struct Entry {
  const char* name;
  Measurement (*prepare)();
};
std::vector<Entry>& Entries();
struct Registration {
  Registration(const char* name, Measurement (*prepare)()) { Entries().push_back({name, prepare}); }
};

inline std::vector<float> Random(int64_t count, uint32_t seed, float scale = 1.0f) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> uniform(-scale, scale);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& v : values) v = uniform(engine);
  return values;
}

}  // namespace rationale::kernels::bench

#define RATIONALE_BENCH(name, title)                                                       \
  static ::rationale::kernels::bench::Measurement name();                                  \
  static const ::rationale::kernels::bench::Registration name##_registration(title, name); \
  static ::rationale::kernels::bench::Measurement name()
