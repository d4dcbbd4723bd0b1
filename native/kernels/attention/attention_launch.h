// Grids of the attention kernels. In: Params with device pointers and workspace. Out: launches on
// the launcher's stream. Segments stay on the device, so grids cover the most tiles there can be:
// every segment may end in a part of one.
#pragma once

#include <string>

#include "cuda/launcher.h"
#include "kernels/attention/attention.cuh"

namespace rationale::cuda {

inline std::string WithChunks(const char* kernel, const AttentionShape& shape) {
  return std::string(kernel) + "_" + std::to_string(HeadChunks(shape.head_size));
}

inline i64 MostTiles(const AttentionShape& shape, i64 tile_rows) {
  return shape.segments == 0 ? 0 : shape.rows / tile_rows + shape.segments;
}

inline void AttentionForward(const AttentionForwardParams& p, Launcher& launcher) {
  const AttentionShape& shape = p.shape;
  const char* module = "attention_forward";
  const i64 shared = AttentionForwardShared(HeadChunks(shape.head_size));
  const Grid key_values = ElementGrid(shape.rows * shape.kv_columns());
  const Grid uncovered = ElementGrid(shape.rows * shape.heads);
  launcher.Clear(p.out, 4 * shape.rows * shape.heads * shape.head_size);
  launcher.Start(module, "attention_uncovered_kernel", uncovered, kElementThreads, p);
  launcher.Start(module, "attention_key_values_kernel", key_values, kElementThreads, p);
  launcher.Start(module, "attention_tiles_kernel", {1}, kAttentionThreads, p);
  launcher.Start(
      module,
      WithChunks("attention_forward_kernel", shape).c_str(),
      {MostTiles(shape, kForwardRows), shape.heads},
      kAttentionThreads,
      p,
      shared);
}

inline void AttentionBackward(const AttentionBackwardParams& p, Launcher& launcher) {
  const AttentionShape& shape = p.shape;
  const char* module = "attention_backward";
  const i64 shared = AttentionBackwardShared(HeadChunks(shape.head_size));
  const Grid key_values = ElementGrid(shape.rows * shape.kv_columns());
  const Grid delta = {CeilDiv(shape.rows * shape.heads, kAttentionWarps)};
  launcher.Clear(p.dqkv, 4 * shape.rows * shape.columns());
  launcher.Start(module, "attention_backward_key_values_kernel", key_values, kElementThreads, p);
  launcher.Start(module, "attention_delta_kernel", delta, kAttentionThreads, p);
  launcher.Start(module, "attention_backward_tiles_kernel", {1}, kAttentionThreads, p);
  launcher.Start(
      module,
      WithChunks("attention_query_grad_kernel", shape).c_str(),
      {MostTiles(shape, kBackwardRows), shape.heads},
      kAttentionThreads,
      p,
      shared);
  launcher.Start(
      module,
      WithChunks("attention_key_grad_kernel", shape).c_str(),
      {CeilDiv(shape.rows, kBackwardRows), shape.kv_heads},
      kAttentionThreads,
      p,
      shared);
}

}  // namespace rationale::cuda
