// Log-probability and entropy of given tokens under a linear head, without keeping logits.
//
//   s_iv = inv_temperature hidden_i . weight_v;  lse_i = ln sum_v e^{s_iv};  p = e^{s - lse}
//   logprob_i = s_{i,target} - lse_i;  entropy_i = lse_i - sum_v p_iv s_iv          (nats)
//   ds_iv = dlogprob_i (1[v = target_i] - p_iv) - dentropy_i p_iv (ln p_iv + entropy_i)
//   dhidden_i = inv_temperature sum_v ds_iv weight_v;  dweight_v = inv_temperature sum_i ds_iv
//   hidden_i
//
// Forward: tiles of logits live in the cache, statistics run online over vocabulary blocks.
// Backward: row chunks of at most 512; a chunk's ds is kept ([chunk, V], at most 64 MB).
// Accumulation f32. Deterministic: blocks and their order depend on shapes only.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"

namespace rationale::kernels {

struct TokenLogprobShape {
  int64_t rows;     // M
  int64_t columns;  // D
  int64_t vocab;    // V
};

struct TokenLogprobParams {
  TokenLogprobShape shape;
  const float* hidden;     // [M, D]
  const float* weight;     // [V, D]
  const int32_t* targets;  // [M], in [0, V)
  float inv_temperature;
  float* logprob;  // [M]
  float* entropy;  // [M]
  float* lse;      // [M]
};

struct TokenLogprobGradParams {
  TokenLogprobShape shape;
  const float* hidden;
  const float* weight;
  const int32_t* targets;
  float inv_temperature;
  const float* entropy;
  const float* lse;
  const float* dlogprob;  // [M]
  const float* dentropy;  // [M]
  float* dhidden;         // [M, D]
  float* dweight;         // [V, D]
};

/// @throws KernelError on a target outside [0, V) or an empty vocabulary.
void TokenLogprob(const TokenLogprobParams& params, const Parallel& parallel, ScratchPool& pool);
void TokenLogprobGrad(
    const TokenLogprobGradParams& params, const Parallel& parallel, ScratchPool& pool);

/// Running statistics of one row over one vocabulary slice, in base 2: largest score, sum of
/// 2^(s - max), sum of 2^(s - max) (s - max).
struct LogprobStats {
  float maximum;
  float sum;
  float weighted;
};

/// Rows [row_begin, row_end) against vocabulary [vocab_begin, vocab_end).
struct LogprobTile {
  int64_t row_begin, row_end;
  int64_t vocab_begin, vocab_end;
};

RATIONALE_DECLARE_ISA(int64_t LogprobForwardScratch(const TokenLogprobShape& shape))
/// Statistics of the tile's rows into stats[row_begin..row_end), base-2 target scores into
/// target_score[row] for rows whose target lies in the tile.
RATIONALE_DECLARE_ISA(
    void LogprobForwardTile(
        const TokenLogprobParams& params,
        const LogprobTile& tile,
        LogprobStats* stats,
        float* target_score,
        float* scratch))

/// One chunk of the backward pass. ds is [rows, ds_row]; hidden_panels come from LogprobPackHidden.
struct LogprobChunk {
  int64_t row_begin, row_end;
  int64_t ds_row;
  float* ds;
  float* hidden_panels;
};
RATIONALE_DECLARE_ISA(int64_t LogprobPanelFloats(int64_t rows, int64_t columns))
RATIONALE_DECLARE_ISA(int64_t LogprobBackwardScratch(const TokenLogprobShape& shape))
RATIONALE_DECLARE_ISA(
    void LogprobPackHidden(
        const TokenLogprobGradParams& params,
        const LogprobChunk& chunk,
        int64_t row_begin,
        int64_t row_end))
/// ds of the chunk for a vocabulary block, and that block's dweight (added unless it is the first
/// chunk).
RATIONALE_DECLARE_ISA(
    void LogprobBackwardBlock(
        const TokenLogprobGradParams& params,
        const LogprobChunk& chunk,
        int64_t vocab_begin,
        int64_t vocab_end,
        float* scratch))
/// dhidden rows [row_begin, row_end) of the chunk, one panel of columns from `column`.
RATIONALE_DECLARE_ISA(
    void LogprobHiddenPanel(
        const TokenLogprobGradParams& params,
        const LogprobChunk& chunk,
        int64_t row_begin,
        int64_t row_end,
        int64_t panel,
        float* scratch))
RATIONALE_DECLARE_ISA(int64_t LogprobPanels(int64_t columns))

/// Vocabulary rows per block.
constexpr int64_t kLogprobBlock = 256;

}  // namespace rationale::kernels
