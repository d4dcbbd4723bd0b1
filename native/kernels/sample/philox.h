// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3" (SC 2011): a draw is a function of (seed, counter) and of nothing else.
#pragma once

#include <cstdint>

#include "kernels/host_device.h"

namespace rationale::kernels {

struct PhiloxBlock {
  uint32_t x[4];
};

RATIONALE_HD PhiloxBlock Philox(uint64_t seed, uint64_t counter) {
  uint32_t c0 = static_cast<uint32_t>(counter);
  uint32_t c1 = static_cast<uint32_t>(counter >> 32);
  uint32_t c2 = 0;
  uint32_t c3 = 0;
  uint32_t k0 = static_cast<uint32_t>(seed);
  uint32_t k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53u} * c0;
    const uint64_t product1 = uint64_t{0xCD9E8D57u} * c2;
    const uint32_t next0 = static_cast<uint32_t>(product1 >> 32) ^ c1 ^ k0;
    const uint32_t next2 = static_cast<uint32_t>(product0 >> 32) ^ c3 ^ k1;
    c1 = static_cast<uint32_t>(product1);
    c3 = static_cast<uint32_t>(product0);
    c0 = next0;
    c2 = next2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

/// Uniform in [0, 1) with 53 bits, from the first two words.
RATIONALE_HD double PhiloxUniform(uint64_t seed, uint64_t counter) {
  const PhiloxBlock block = Philox(seed, counter);
  const uint64_t high = block.x[0] >> 5;
  const uint64_t low = block.x[1] >> 6;
  return static_cast<double>((high << 26) | low) * (1.0 / 9007199254740992.0);
}

}  // namespace rationale::kernels
