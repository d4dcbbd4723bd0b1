// Timing for the benchmark: best of several runs, in milliseconds of wall time, or of the calling
// thread's processor time (which a busy machine disturbs less).
#pragma once

#include <time.h>

#include <algorithm>
#include <chrono>

namespace rationale::kernels::bench {

template <typename Body>
double BestMs(int runs, Body&& body) {
  body();  // pages and caches
  double best = 1e30;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

inline double ThreadMs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

template <typename Body>
double BestThreadMs(int runs, Body&& body) {
  body();
  double best = 1e30;
  for (int i = 0; i < runs; ++i) {
    const double start = ThreadMs();
    body();
    best = std::min(best, ThreadMs() - start);
  }
  return best;
}

}  // namespace rationale::kernels::bench
