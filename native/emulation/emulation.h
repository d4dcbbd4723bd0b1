// CUDA's built-ins for an ordinary C++ compiler: .cu files compile against this header unchanged.
//
// In: a kernel, a grid and a Params struct. Out: the kernel has run, block after block, in this
// thread. The threads of a block are coroutines that switch at __syncthreads, __syncwarp and warp
// shuffles, so those mean what they mean on a GPU. The order in which threads run between two
// barriers can be reversed or shuffled: a missing barrier then shows as a different result.
// Dynamic shared memory is filled with NaN before every block.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __align__(n) alignas(n)

struct dim3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
};
struct alignas(16) float4 {
  float x, y, z, w;
};

namespace rationale::cuda::emulation {

enum class Order { kForward, kBackward, kShuffled };

/// What the running thread reads its indices from.
struct Position {
  dim3 grid;
  dim3 block_size;
  dim3 block;
  dim3 thread;
};
const Position& Here();

void* DynamicSharedMemory();
/// Waits for all threads of the block that have not returned.
void BlockBarrier();
/// Waits for all threads of the warp that have not returned.
void WarpBarrier();
/// Exchange memory of the running thread's warp, 32 values. Calls alternate between two sets: a
/// thread that is one exchange ahead does not overwrite what the others still read.
uint64_t* NextWarpSlots();

/// Runs `kernel` for every thread of the grid. @throws std::logic_error on a barrier that not all
/// threads reach, or that threads reach at different kinds of barrier.
void RunGrid(
    const std::function<void()>& kernel,
    dim3 grid,
    unsigned threads,
    int64_t shared_bytes,
    Order order);

template <typename T>
T Exchange(T value, int source) {
  static_assert(sizeof(T) <= sizeof(uint64_t));
  uint64_t* slots = NextWarpSlots();
  std::memcpy(&slots[Here().thread.x % 32], &value, sizeof(T));
  WarpBarrier();
  T result;
  std::memcpy(&result, &slots[source & 31], sizeof(T));
  return result;
}

}  // namespace rationale::cuda::emulation

#define threadIdx (::rationale::cuda::emulation::Here().thread)
#define blockIdx (::rationale::cuda::emulation::Here().block)
#define blockDim (::rationale::cuda::emulation::Here().block_size)
#define gridDim (::rationale::cuda::emulation::Here().grid)

inline void __syncthreads() { ::rationale::cuda::emulation::BlockBarrier(); }
inline void __syncwarp(unsigned = 0xffffffffu) { ::rationale::cuda::emulation::WarpBarrier(); }
template <typename T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  return ::rationale::cuda::emulation::Exchange(value, lane ^ mask);
}
template <typename T>
T __shfl_down_sync(unsigned, T value, int delta) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  return ::rationale::cuda::emulation::Exchange(value, lane + delta < 32 ? lane + delta : lane);
}
template <typename T>
T __shfl_up_sync(unsigned, T value, int delta) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  return ::rationale::cuda::emulation::Exchange(value, lane >= delta ? lane - delta : lane);
}
template <typename T>
T __shfl_sync(unsigned, T value, int source) {
  return ::rationale::cuda::emulation::Exchange(value, source);
}
inline unsigned __ballot_sync(unsigned, int predicate) {
  unsigned result = 0;
  uint64_t* slots = ::rationale::cuda::emulation::NextWarpSlots();
  const unsigned lane = threadIdx.x % 32;
  slots[lane] = predicate != 0 ? 1 : 0;
  ::rationale::cuda::emulation::WarpBarrier();
  const unsigned first = threadIdx.x - lane;
  for (unsigned i = 0; i < 32 && first + i < blockDim.x; ++i) result |= unsigned(slots[i]) << i;
  return result;
}

inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline unsigned __float_as_uint(float x) {
  unsigned bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
inline float __int_as_float(int bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
inline float __uint_as_float(unsigned bits) { return __int_as_float(static_cast<int>(bits)); }
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(static_cast<uint64_t>(a) * b >> 32);
}
// Threads of a block take turns: a plain addition is atomic between barriers.
template <typename T>
T atomicAdd(T* address, T value) {
  const T old = *address;
  *address = old + value;
  return old;
}

using std::exp;
using std::log;
using std::sqrt;
