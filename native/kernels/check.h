// Argument checks of the fused ops: "expected ..., got ..." as an exception, which the op wrapper
// turns into an ONNX Runtime status tagged `[Op]`.
#pragma once

#include <cstdint>
#include <sstream>
#include <stdexcept>

namespace rationale::kernels {

class KernelError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

template <typename... Parts>
[[noreturn]] void Fail(const Parts&... parts) {
  std::ostringstream message;
  (message << ... << parts);
  throw KernelError(message.str());
}

}  // namespace rationale::kernels

#define RATIONALE_CHECK(condition, ...)                        \
  do {                                                         \
    if (!(condition)) ::rationale::kernels::Fail(__VA_ARGS__); \
  } while (false)
