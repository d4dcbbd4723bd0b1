// Integer names shared by kernels (which may include no standard header) and their host code.
#pragma once

namespace rationale::cuda {

using i32 = int;
using i64 = long long;
using u8 = unsigned char;
using u32 = unsigned int;
using u64 = unsigned long long;

constexpr int kWarp = 32;
constexpr u32 kAllLanes = 0xffffffffu;

#if defined(__CUDACC__)
#define RATIONALE_BOTH __host__ __device__
#else
#define RATIONALE_BOTH
#endif

/// ceil(total / part) for non-negative numbers.
RATIONALE_BOTH constexpr i64 CeilDiv(i64 total, i64 part) { return (total + part - 1) / part; }

}  // namespace rationale::cuda
