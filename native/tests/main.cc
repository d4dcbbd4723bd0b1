// Runs every kernel test on every instruction set of this machine. Exit code 1 on failure.
// An argument selects the tests whose name contains it.
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>

#include "harness.h"
#include "kernels/isa.h"

namespace rationale::kernels::test {
namespace {

int failures = 0;
const char* current = "";

}  // namespace

std::vector<Case>& Cases() {
  static std::vector<Case> cases;
  return cases;
}

void Report(const char* file, int line, const std::string& message) {
  if (++failures > 40) return;
  std::printf(
      "FAIL %s [%s] %s:%d: %s\n", current, IsaName(ActiveIsa()), file, line, message.c_str());
}

Parallel Sequential() { return Parallel(); }

Parallel Threads(int threads) {
  static int counts[16];
  counts[threads] = threads;
  return Parallel(
      [](void* pool, Parallel::Task task, size_t count, void* user) {
        const int workers = *static_cast<int*>(pool);
        std::atomic<size_t> next{0};
        std::vector<std::thread> crew;
        for (int w = 0; w < workers; ++w) {
          crew.emplace_back([&] {
            // From the end: an order that the plain loop does not have.
            for (size_t i = next++; i < count; i = next++) task(user, count - 1 - i);
          });
        }
        for (std::thread& worker : crew) worker.join();
      },
      &counts[threads]);
}

std::vector<float> Random(int64_t count, uint32_t seed, float scale) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0.0f, scale);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& v : values) v = normal(engine);
  return values;
}

}  // namespace rationale::kernels::test

int main(int argc, char** argv) {
  using namespace rationale::kernels;
  const auto& cases = test::Cases();
  int ran = 0;
  for (int isa = 0; isa <= static_cast<int>(DetectedIsa()); ++isa) {
    SetIsaCap(isa);
    for (const test::Case& c : cases) {
      if (argc > 1 && std::strstr(c.name, argv[1]) == nullptr) continue;
      test::current = c.name;
      const int before = test::failures;
      c.body();
      ++ran;
      std::printf(
          "%s %s [%s]\n", test::failures == before ? "ok  " : "FAIL", c.name, IsaName(ActiveIsa()));
    }
  }
  std::printf("%d tests, %d failures\n", ran, test::failures);
  return test::failures == 0 ? 0 : 1;
}
