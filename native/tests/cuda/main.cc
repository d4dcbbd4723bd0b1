// Runs the tests of the emulated .cu kernels. Exit code 1 on failure. An argument selects the tests
// whose name contains it.
#include <cstring>

#include "tests/harness.h"

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
  std::printf("FAIL %s %s:%d: %s\n", current, file, line, message.c_str());
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
  using namespace rationale::kernels::test;
  int ran = 0;
  for (const Case& test : Cases()) {
    if (argc > 1 && std::strstr(test.name, argv[1]) == nullptr) continue;
    current = test.name;
    const int before = failures;
    try {
      test.body();
    } catch (const std::exception& error) {
      Report(__FILE__, __LINE__, std::string("threw ") + error.what());
    }
    ++ran;
    std::printf("%s %s\n", failures == before ? "ok  " : "FAIL", test.name);
  }
  std::printf("%d tests, %d failures\n", ran, failures);
  return failures == 0 && ran > 0 ? 0 : 1;
}
