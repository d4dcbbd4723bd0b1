// One new token per sequence against a cache: rotary, append, attend.
//
//   cache[slot, position] = (rotated keys, values) of the token
//   out = softmax(scale q k^T) v over prefix rows and cache rows [slot, 0..position]
//
// rows [B,4] i32 = (prefixStart, prefixLength, slot, position). Only the row [slot, position] of
// the cache is written. Each kv head is read once for all its query heads, and a prefix once for
// neighbouring rows that share it; long caches are cut into pieces of fixed length whose results
// are merged in order, so the result does not depend on threads.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace rationale::kernels {

struct DecodeAttentionParams {
  int64_t batch;        // B
  int64_t heads;        // H
  int64_t kv_heads;     // K
  int64_t head_size;    // E
  int64_t prefix_rows;  // P
  int64_t slots;        // R
  int64_t capacity;     // T
  float scale;
  const float* qkv;        // [B, (H+2K)E]
  const float* cos;        // [B, E]
  const float* sin;        // [B, E]
  const float* prefix_kv;  // [P, 2KE]: rotated keys, then values
  const int32_t* rows;     // [B, 4]
  float* cache;            // [R, T, 2KE]
  float* out;              // [B, HE]

  int64_t group() const { return heads / kv_heads; }
  int64_t kv_columns() const { return 2 * kv_heads * head_size; }
};

/// @throws KernelError on rows out of range or a slot used twice.
void DecodeAttention(
    const DecodeAttentionParams& params, const Parallel& parallel, ScratchPool& pool);

/// One kv head of rows [row, row + rows). Several rows share a prefix and go over all their keys; a
/// row of its own may go over a piece [begin, end) of them.
struct DecodeItem {
  int64_t row;
  int64_t rows;
  int64_t kv_head;
  int64_t begin;
  int64_t end;
  bool appends;  // holds the new token
  bool whole;    // the only piece: writes `out` itself
};

/// Most rows of an item.
constexpr int64_t kDecodeRows = 8;

/// A piece's result for a group of G query heads: [G] maximum, [G] sum, [G, E] weighted values.
inline int64_t DecodePartialSize(const DecodeAttentionParams& params) {
  return params.group() * (params.head_size + 2);
}

RATIONALE_DECLARE_ISA(int64_t DecodeAttentionScratch(const DecodeAttentionParams& params))
RATIONALE_DECLARE_ISA(
    void DecodeAttentionItem(
        const DecodeAttentionParams& params,
        const DecodeItem& item,
        float* partial,
        float* scratch))
RATIONALE_DECLARE_ISA(
    void DecodeAttentionMerge(
        const DecodeAttentionParams& params,
        int64_t row,
        int64_t kv_head,
        const float* partials,
        int64_t pieces))

}  // namespace rationale::kernels
