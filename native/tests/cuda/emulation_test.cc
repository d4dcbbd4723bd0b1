// The emulation itself: shuffles, barriers, and that it notices what a GPU would hang or race on.
#include "cuda/device.cuh"
#include "tests/cuda/emulated.h"

namespace rationale::cuda::test {
namespace {

RATIONALE_TEST(emulation_reduces_in_every_thread) {
  std::vector<int> sums(96, -1);
  emulation::RunGrid(
      [&] {
        __shared__ int shared[kWarp];
        sums[threadIdx.x] = BlockSum(static_cast<int>(threadIdx.x), shared);
      },
      {1, 1, 1},
      96,
      0,
      Order::kShuffled);
  for (const int sum : sums) EXPECT(sum == 95 * 96 / 2);
}

RATIONALE_TEST(emulation_lanes) {
  emulation::RunGrid(
      [&] {
        const int lane = Lane();
        EXPECT(__shfl_sync(kAllLanes, lane, 3) == 3);
        EXPECT(__shfl_up_sync(kAllLanes, lane, 2) == (lane < 2 ? lane : lane - 2));
        EXPECT(__shfl_down_sync(kAllLanes, lane, 30) == (lane < 2 ? lane + 30 : lane));
        EXPECT(__ballot_sync(kAllLanes, lane % 2) == 0xaaaaaaaau);
        EXPECT(WarpMax(0.5 * lane) == 15.5);
      },
      {2, 1, 1},
      64,
      0,
      Order::kBackward);
}

RATIONALE_TEST(emulation_shows_a_missing_barrier) {
  std::vector<int> seen[2];
  for (const Order order : {Order::kForward, Order::kBackward}) {
    auto& to = seen[order == Order::kForward ? 0 : 1];
    to.assign(64, -1);
    emulation::RunGrid(
        [&] {
          int* shared = DynamicShared<int>();
          shared[threadIdx.x] = static_cast<int>(threadIdx.x);
          to[threadIdx.x] = shared[63 - threadIdx.x];  // __syncthreads() is missing
        },
        {1, 1, 1},
        64,
        256,
        order);
  }
  EXPECT(seen[0] != seen[1]);
}

RATIONALE_TEST(emulation_refuses_divergent_barriers) {
  EXPECT_ERROR(
      emulation::RunGrid(
          [] {
            if (threadIdx.x < 32)
              __syncthreads();
            else
              __syncwarp();
            if (threadIdx.x == 40)
              __syncwarp();
            else
              __syncthreads();
          },
          {1, 1, 1},
          64,
          0,
          Order::kForward),
      "a barrier that not all threads");
}

RATIONALE_TEST(emulation_refuses_what_a_gpu_refuses) {
  EmulatedLauncher launcher;
  const int params = 0;
  EXPECT_ERROR(launcher.Start("adamw", "adamw_kernel", {1}, 256, params), "own Params struct");
  EXPECT_ERROR(launcher.Start("adamw", "no_kernel", {1}, 256, params), "a kernel of the table");
  launcher.Start("adamw", "no_kernel", {0}, 256, params);  // an empty grid is no launch
}

}  // namespace
}  // namespace rationale::cuda::test
