// What the tests of the .cu kernels share: running a launch in every thread order and asking for
// the same bits each time, so that a missing barrier shows.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "emulation/emulated_launcher.h"
#include "tests/harness.h"

namespace rationale::cuda::test {

using emulation::EmulatedLauncher;
using emulation::Order;
using kernels::test::MaxError;
using kernels::test::Random;

inline std::vector<float> Unset(i64 count) {
  return std::vector<float>(static_cast<size_t>(count), std::nanf(""));
}

inline bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * 4) == 0);
}

using Results = std::vector<std::vector<float>>;

/// Runs `body(launcher)`, which returns its outputs, for each order of threads. Returns those of
/// the first order.
inline Results InEveryOrder(const std::function<Results(Launcher&)>& body) {
  EmulatedLauncher forward(Order::kForward);
  const auto first = body(forward);
  for (const Order order : {Order::kBackward, Order::kShuffled}) {
    EmulatedLauncher launcher(order);
    const auto other = body(launcher);
    for (size_t i = 0; i < first.size(); ++i) EXPECT(SameBits(first[i], other[i]));
  }
  return first;
}

}  // namespace rationale::cuda::test
