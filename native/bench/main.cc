// Benchmark of the fused kernels: best milliseconds per instruction set on one thread (processor
// time), on two threads with the fastest set (wall time), and the ratio of a naive loop (or the
// portable build) to the fastest set.
//   kernel_bench [--quick] [filter]      --quick: the fastest instruction set only
#include <cstring>

#include "bench.h"

namespace rationale::kernels::bench {

std::vector<Entry>& Entries() {
  static std::vector<Entry> entries;
  return entries;
}

}  // namespace rationale::kernels::bench

int main(int argc, char** argv) {
  using namespace rationale::kernels;
  const bool quick = argc > 1 && std::strcmp(argv[1], "--quick") == 0;
  const char* filter = argc > (quick ? 2 : 1) ? argv[quick ? 2 : 1] : "";
  const int fastest = static_cast<int>(DetectedIsa());
  std::printf(
      "%-38s %10s %9s %9s %9s %9s %8s\n",
      "ms",
      "naive",
      "portable",
      "avx2",
      "avx512",
      "2 threads",
      "ratio");
  bench::SpinPool pool(2);
  for (const bench::Entry& entry : bench::Entries()) {
    if (std::strstr(entry.name, filter) == nullptr) continue;
    bench::Measurement m = entry.prepare();
    double ms[4] = {0, 0, 0, 0};
    for (int isa = quick ? fastest : 0; isa <= fastest; ++isa) {
      SetIsaCap(isa);
      ms[isa] = bench::BestThreadMs(m.runs, [&] { m.run(Parallel()); });
    }
    ms[3] = bench::BestMs(m.runs, [&] { m.run(pool.parallel()); });
    const double naive = m.naive && !quick ? bench::BestThreadMs(1, m.naive) : 0.0;
    std::printf(
        "%-38s %10.3f %9.3f %9.3f %9.3f %9.3f %8.1f",
        entry.name,
        naive,
        ms[0],
        ms[1],
        ms[2],
        ms[3],
        (naive > 0 ? naive : ms[0]) / ms[fastest]);
    if (m.gflop > 0) std::printf("  %7.1f GF/s", m.gflop / ms[3] * 1e3);
    if (m.gbyte > 0) std::printf("  %7.1f GB/s", m.gbyte / ms[3] * 1e3);
    std::printf("\n");
    std::fflush(stdout);
  }
  return 0;
}
