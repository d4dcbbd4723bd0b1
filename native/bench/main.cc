// Benchmark of the fused kernels: milliseconds per instruction set, one and two threads, and the ratio to a naive loop.
//   kernel_bench [filter]
#include "bench.h"

#include <cstring>

namespace rationale::kernels::bench {

std::vector<Entry>& Entries() {
  static std::vector<Entry> entries;
  return entries;
}

}  // namespace rationale::kernels::bench

int main(int argc, char** argv) {
  using namespace rationale::kernels;
  std::printf("%-34s %10s %9s %9s %9s %9s %8s\n", "ms", "naive", "portable", "avx2", "avx512",
              "2 threads", "ratio");
  bench::SpinPool pool(2);
  for (const bench::Entry& entry : bench::Entries()) {
    if (argc > 1 && std::strstr(entry.name, argv[1]) == nullptr) continue;
    bench::Measurement m = entry.prepare();
    double ms[4] = {0, 0, 0, 0};
    for (int isa = 0; isa <= static_cast<int>(DetectedIsa()); ++isa) {
      SetIsaCap(isa);
      ms[isa] = bench::BestMs(m.runs, [&] { m.run(Parallel()); });
    }
    ms[3] = bench::BestMs(m.runs, [&] { m.run(pool.parallel()); });
    const double naive = m.naive ? bench::BestMs(1, m.naive) : 0.0;
    const double fastest = ms[static_cast<int>(DetectedIsa())];
    std::printf("%-34s %10.3f %9.3f %9.3f %9.3f %9.3f %8.1f", entry.name, naive, ms[0], ms[1],
                ms[2], ms[3], (naive > 0 ? naive : ms[0]) / fastest);
    if (m.gflop > 0) std::printf("  %7.1f GF/s", m.gflop / ms[3] * 1e3);
    if (m.gbyte > 0) std::printf("  %7.1f GB/s", m.gbyte / ms[3] * 1e3);
    std::printf("\n");
  }
  return 0;
}
