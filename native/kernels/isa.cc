#include "kernels/isa.h"

#include <algorithm>
#include <atomic>

namespace rationale::kernels {
namespace {

// The cap is process-wide on purpose: sessions of one process must not disagree about arithmetic.
std::atomic<int> isa_cap{2};

Isa Detect() {
#if defined(RATIONALE_X86)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx2 && avx512) return Isa::kAvx512;
  if (avx2) return Isa::kAvx2;
#endif
  return Isa::kPortable;
}

}  // namespace

Isa DetectedIsa() {
  static const Isa detected = Detect();
  return detected;
}

Isa ActiveIsa() {
  const int cap = isa_cap.load(std::memory_order_relaxed);
  return static_cast<Isa>(std::min(static_cast<int>(DetectedIsa()), cap));
}

void SetIsaCap(int cap) { isa_cap.store(std::clamp(cap, 0, 2), std::memory_order_relaxed); }

const char* IsaName(Isa isa) {
  switch (isa) {
    case Isa::kAvx512:
      return "avx512";
    case Isa::kAvx2:
      return "avx2";
    default:
      return "portable";
  }
}

}  // namespace rationale::kernels
