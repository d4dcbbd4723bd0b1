// Which instruction set the fused kernels run with.
//
// In: what the processor reports, and a cap set by the binding (tests run every level through it).
// Out: ActiveIsa(), read by RATIONALE_DISPATCH on each call; a kernel is compiled once per level
// from the same source, so the levels differ in speed and in the last bits, never in meaning.
#pragma once

namespace rationale::kernels {

enum class Isa : int { kPortable = 0, kAvx2 = 1, kAvx512 = 2 };

/// What this processor supports.
Isa DetectedIsa();
/// min(DetectedIsa(), cap).
Isa ActiveIsa();
/// Caps ActiveIsa() for the process; 0 portable, 1 AVX2, 2 AVX-512. Values outside are clamped.
void SetIsaCap(int cap);
/// "portable", "avx2" or "avx512".
const char* IsaName(Isa isa);

}  // namespace rationale::kernels

#if defined(RATIONALE_X86)
#define RATIONALE_DECLARE_ISA(signature) \
  namespace portable {                   \
  signature;                             \
  }                                      \
  namespace avx2 {                       \
  signature;                             \
  }                                      \
  namespace avx512 {                     \
  signature;                             \
  }
#define RATIONALE_DISPATCH(function)                                                           \
  (::rationale::kernels::ActiveIsa() == ::rationale::kernels::Isa::kAvx512 ? &avx512::function \
   : ::rationale::kernels::ActiveIsa() == ::rationale::kernels::Isa::kAvx2 ? &avx2::function   \
                                                                           : &portable::function)
#else
#define RATIONALE_DECLARE_ISA(signature) \
  namespace portable {                   \
  signature;                             \
  }
#define RATIONALE_DISPATCH(function) (&portable::function)
#endif
