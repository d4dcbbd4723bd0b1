// Timing for the benchmark: best of several runs, in milliseconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>

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

}  // namespace rationale::kernels::bench
