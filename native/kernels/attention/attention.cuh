// Rotary attention over packed token streams: what the launchers hand to the kernels.
//
//   q,k = x cos + rotate_half(x) sin;  s_ij = scale q_i . k_j;  p = softmax_j s;  out = p v
//   lse_i = ln sum_j e^{s_ij};  ds_ij = p_ij (dout_i . v_j - dout_i . out_i)
//   dv_j = sum_i p_ij dout_i;  dq_i = scale sum_j ds_ij k_j;  dk_j = scale sum_i ds_ij q_i (rotated
//   back)
//
// Segment (start, length, prefixStart, prefixLength): row i sees the prefix rows and the rows j of
// its own segment (j <= i if causal). Rows in no segment: out 0, lse -inf, no gradient. A segment
// that reaches outside [0, N) cannot be refused without waiting for the GPU: its rows come out as
// NaN. f32 throughout; scores live in registers, 32 keys at a time. Deterministic: dq is summed by
// the block that owns the query rows, dk and dv by the block that owns the key rows, in segment
// order.
#pragma once

#include "cuda/scalar.h"

namespace rationale::cuda {

struct AttentionShape {
  i64 rows;       // N
  i64 heads;      // H, a multiple of kv_heads
  i64 kv_heads;   // K
  i64 head_size;  // E, even, at most kAttentionMaxHead
  i64 segments;   // M
  i32 causal;
  float scale;

  RATIONALE_BOTH i64 columns() const { return (heads + 2 * kv_heads) * head_size; }
  RATIONALE_BOTH i64 kv_columns() const { return 2 * kv_heads * head_size; }
};

struct AttentionForwardParams {
  AttentionShape shape;
  const float* qkv;     // [N, (H+2K)E]
  const float* cos;     // [N, E]
  const float* sin;     // [N, E]
  const i32* segments;  // [M, 4]
  i32* tiles;           // [M + 1] workspace: query tiles before each segment
  float* out;           // [N, HE]
  float* lse;           // [N, H]
  float* kv;            // [N, 2KE]: rotated keys, then values
};

struct AttentionBackwardParams {
  AttentionShape shape;
  const float* qkv;
  const float* cos;
  const float* sin;
  const i32* segments;
  const float* out;
  const float* lse;
  const float* dout;  // [N, HE]
  i32* tiles;         // [M + 1] workspace
  float* kv;          // [N, 2KE] workspace
  float* delta;       // [N, H] workspace: dout . out
  float* dqkv;        // [N, (H+2K)E]
};

constexpr i64 kAttentionMaxHead = 128;
constexpr int kAttentionWarps = 8;
constexpr int kAttentionThreads = kAttentionWarps * kWarp;
constexpr int kAttentionTile = 32;  // Rows of the moving tile: one per lane.
constexpr int kForwardRowsPerWarp = 8;
constexpr int kBackwardRowsPerWarp = 4;
constexpr int kForwardRows = kAttentionWarps * kForwardRowsPerWarp;    // 64
constexpr int kBackwardRows = kAttentionWarps * kBackwardRowsPerWarp;  // 32
constexpr int kAttentionPad = 4;  // Floats between tile rows, so that lanes hit different banks.

/// Head size in steps of 32 columns: the kernels' template argument.
RATIONALE_BOTH constexpr i64 HeadChunks(i64 head_size) { return CeilDiv(head_size, kWarp); }
constexpr i64 AttentionForwardShared(i64 chunks) {
  const i64 columns = chunks * kWarp;
  return 4 * (kForwardRows * columns + kAttentionTile * (columns + kAttentionPad) +
              kForwardRows * kAttentionTile);
}
constexpr i64 AttentionBackwardShared(i64 chunks) {
  const i64 columns = chunks * kWarp;
  return 4 * (2 * kBackwardRows * columns + 2 * kAttentionTile * (columns + kAttentionPad) +
              2 * kBackwardRows * kAttentionTile);
}

}  // namespace rationale::cuda
