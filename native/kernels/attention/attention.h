// Rotary embedding + attention over packed token streams, and its gradient.
//
//   q,k = x cos + rotate_half(x) sin      (heads of qkv; values are not rotated)
//   s_ij = scale q_i . k_j,   p = softmax_j s,   out_i = sum_j p_ij v_j,   lse_i = ln sum_j
//   e^{s_ij} dv_j = sum_i p_ij dout_i;  ds_ij = p_ij (dout_i . v_j - dout_i . out_i) dq_i = scale
//   sum_j ds_ij k_j;  dk_j = scale sum_i ds_ij q_i; both rotated back
//
// Row i of segment (start, length, prefixStart, prefixLength) sees the prefix rows and the rows j
// of its own segment (j <= i if causal). Rows in no segment: out 0, lse -inf, dqkv 0 (unless they
// are somebody's prefix). The score matrix is never stored; one pass over keys in blocks with a
// running maximum. Accumulation f32. Deterministic: work is cut by shape only and gradients of rows
// that several segments see are added in segment order.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace rationale::kernels {

struct AttentionShape {
  int64_t rows;       // N
  int64_t heads;      // H, a multiple of kv_heads
  int64_t kv_heads;   // K
  int64_t head_size;  // E, even
  int64_t segments;   // M
  bool causal;
  float scale;

  int64_t group() const { return heads / kv_heads; }
  int64_t qkv_columns() const { return (heads + 2 * kv_heads) * head_size; }
};

struct AttentionForwardParams {
  AttentionShape shape;
  const float* qkv;         // [N, (H+2K)E]
  const float* cos;         // [N, E]
  const float* sin;         // [N, E]
  const int32_t* segments;  // [M, 4]
  float* out;               // [N, H E]
  float* lse;               // [N, H]
  float* kv;                // [N, 2 K E]: rotated keys, then values
};

struct AttentionBackwardParams {
  AttentionShape shape;
  const float* qkv;
  const float* cos;
  const float* sin;
  const int32_t* segments;
  const float* out;
  const float* lse;
  const float* dout;  // [N, H E]
  float* dqkv;        // [N, (H+2K)E]
};

/// @throws KernelError on segments out of range or sharing own rows, or impossible head counts.
void AttentionForward(
    const AttentionForwardParams& params, const Parallel& parallel, ScratchPool& pool);
void AttentionBackward(
    const AttentionBackwardParams& params, const Parallel& parallel, ScratchPool& pool);

/// Positions [begin, end) of one segment with one kv head and the query heads that share it.
struct AttentionItem {
  int64_t start;
  int64_t length;
  int64_t prefix_start;
  int64_t prefix_length;
  int64_t kv_head;
  int64_t begin;
  int64_t end;

  int64_t keys(bool causal) const { return prefix_length + (causal ? end : length); }
};

// Per instruction set (attention_forward_isa.cc, attention_backward_isa.cc).
/// Rotated keys and values of rows [begin, end) into params.kv.
RATIONALE_DECLARE_ISA(
    void AttentionKeyValues(const AttentionForwardParams& params, int64_t begin, int64_t end))
RATIONALE_DECLARE_ISA(
    int64_t AttentionForwardScratch(const AttentionShape& shape, int64_t positions))
RATIONALE_DECLARE_ISA(
    void AttentionForwardItem(
        const AttentionForwardParams& params, const AttentionItem& item, float* scratch))
RATIONALE_DECLARE_ISA(
    int64_t AttentionBackwardScratch(const AttentionShape& shape, int64_t positions))
/// Writes dq of the item's rows and adds dk, dv (not yet rotated back) of its keys into `dkv`,
/// where row n, kv head h has dk at dkv + n * dkv_row + h E and dv K E further.
RATIONALE_DECLARE_ISA(
    void AttentionBackwardItem(
        const AttentionBackwardParams& params,
        const AttentionItem& item,
        float* dkv,
        int64_t dkv_row,
        float* scratch))
/// Adds `extra` [parts][N, 2KE] to the key/value part of dqkv rows [begin, end) in order, then
/// rotates the key part back.
RATIONALE_DECLARE_ISA(
    void AttentionFinishKeys(
        const AttentionBackwardParams& params,
        const float* extra,
        int64_t parts,
        int64_t begin,
        int64_t end))

}  // namespace rationale::kernels
