// Logits of a few rows against a vocabulary block, shared by forward and backward.
#pragma once

#include "kernels/simd/gemm.h"
#include "kernels/simd/vec.h"
#include "kernels/token_logprob/token_logprob.h"

namespace rationale::kernels::RATIONALE_ISA_NS {

constexpr int64_t kPanel = 2 * W;  // columns of a packed panel
constexpr int64_t kDepth = 256;    // products per pass: a panel part stays in the first-level cache
constexpr int64_t kGroupRows = 4 * kRows;  // rows that share a loaded panel part
constexpr int64_t kTileRow =
    kLogprobBlock + 16;  // off the power of two: rows must not share cache sets

/// Weight rows [begin, end) as panels [.., D, kPanel] (transposed, zero past `end`).
RATIONALE_INLINE void PackWeight(
    const float* weight, int64_t columns, int64_t begin, int64_t end, float* panels) {
  for (int64_t v = begin; v < end; v += kPanel, panels += columns * kPanel) {
    const int64_t n = Min(kPanel, end - v);
    TransposeInto(weight + v * columns, columns, n, columns, panels, kPanel);
    if (n <= W) {
      for (int64_t c = 0; c < columns; ++c) Store(panels + c * kPanel + W, Vec{});
    }
  }
}

/// logits[i][j] = hidden_i . weight_{begin + j} for `rows` rows; whole panels are written.
RATIONALE_INLINE void Logits(
    const float* hidden,
    int64_t rows,
    int64_t columns,
    const float* panels,
    int64_t count,
    float* logits,
    int64_t logits_row) {
  for (int64_t d = 0; d < columns; d += kDepth) {
    const int64_t depth = Min(kDepth, columns - d);
    const MatrixA a{hidden + d, columns, 1};
    for (int64_t j = 0; j < count; j += kPanel) {
      const float* b = panels + j * columns + d * kPanel;
      if (d == 0) {
        GemmBlock<false>(rows, 2, depth, a, b, kPanel, logits + j, logits_row);
      } else {
        GemmBlock<true>(rows, 2, depth, a, b, kPanel, logits + j, logits_row);
      }
    }
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
