// One new token per sequence against a cache: what the launcher hands to the kernels.
//
//   cache[slot, position] = (rotated keys, values) of the token
//   out = softmax(scale q k^T) v over prefix rows and cache rows [slot, 0..position]
//
// rows [B, 4] i32 = (prefixStart, prefixLength, slot, position). Only row [slot, position] of the
// cache is written. A row that points outside prefix_kv or the cache comes out as NaN and writes
// nothing: it cannot be refused without waiting for the GPU. f32; keys are cut into pieces by shape
// only and merged in order: deterministic. Bound by reading the cache: 8KE bytes per key.
#pragma once

#include "cuda/scalar.h"

namespace rationale::cuda {

struct DecodeAttentionParams {
  i64 batch;        // B
  i64 heads;        // H
  i64 kv_heads;     // K
  i64 head_size;    // E, even, at most kDecodeMaxHead
  i64 prefix_rows;  // P
  i64 slots;        // R
  i64 capacity;     // T
  float scale;
  i64 pieces;              // DecodePieces(P + T)
  const float* qkv;        // [B, (H+2K)E]
  const float* cos;        // [B, E]
  const float* sin;        // [B, E]
  const float* prefix_kv;  // [P, 2KE]: rotated keys, then values
  const i32* rows;         // [B, 4]
  float* cache;            // [R, T, 2KE]
  float* partial;          // [B, H, pieces, E + 2] workspace: weighted values, maximum, sum
  float* out;              // [B, HE]

  RATIONALE_BOTH i64 kv_columns() const { return 2 * kv_heads * head_size; }
  RATIONALE_BOTH i64 partial_size() const { return head_size + 2; }
};

constexpr i64 kDecodeMaxHead = 128;
constexpr int kDecodeWarps = 8;
constexpr int kDecodeThreads = kDecodeWarps * kWarp;
constexpr int kDecodeHeads = 8;  // Query heads of a block; they share the keys it reads.
constexpr int kDecodeMergeThreads = 128;

/// Pieces that the keys of a row are cut into: of 512 keys or more, at most 32.
constexpr i64 DecodePieces(i64 keys) {
  return keys <= 512 ? 1 : CeilDiv(keys, 512) < 32 ? CeilDiv(keys, 512) : 32;
}
constexpr i64 DecodeShared(i64 head_size) { return 4 * kDecodeWarps * (head_size + 2); }

}  // namespace rationale::cuda
