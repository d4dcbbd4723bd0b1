// TokenLogprob backward of one instruction set. See token_logprob.h.
#include "kernels/token_logprob/token_logprob_tile.h"

namespace rationale::kernels::RATIONALE_ISA_NS {
namespace {

struct RowGrad {
  float factor;   // logit to base-2 score
  float lse;      // base 2
  float entropy;  // nats
  float dlogprob;
  float dentropy;
};

/// Raw logits to ds, in place: p (-dlogprob - dentropy (ln p + entropy)).
RATIONALE_INLINE void ScoreGrad(float* s, int64_t count, const RowGrad& g) {
  const Vec factor = Splat(g.factor);
  const Vec lse = Splat(g.lse);
  // -dlogprob - dentropy * entropy - dentropy * ln2 * log2 p
  const Vec constant = Splat(-g.dlogprob - g.dentropy * g.entropy);
  const Vec slope = Splat(-g.dentropy * kLn2);
  for (int64_t j = 0; j < count; j += W) {  // the padding of a last vector holds zero logits
    const Vec log_p = Load(s + j) * factor - lse;
    Store(s + j, Exp2(log_p) * (constant + slope * log_p));
  }
}

}  // namespace

int64_t LogprobPanels(int64_t columns) { return (columns + kPanel - 1) / kPanel; }

int64_t LogprobPanelFloats(int64_t rows, int64_t columns) {
  return LogprobPanels(columns) * rows * kPanel;
}

int64_t LogprobBackwardScratch(const TokenLogprobShape& shape) {
  const int64_t block =
      kLogprobBlock * shape.columns + kGroupRows * LogprobPanels(shape.columns) * kPanel;
  const int64_t panel = kDepth * kPanel + 4 * kGroupRows * kPanel;
  return Max(block, panel) * 4;
}

void LogprobPackHidden(
    const TokenLogprobGradParams& params,
    const LogprobChunk& chunk,
    int64_t row_begin,
    int64_t row_end) {
  const int64_t columns = params.shape.columns;
  const int64_t rows = chunk.row_end - chunk.row_begin;
  const Vec scale = Splat(params.inv_temperature);
  for (int64_t row = row_begin; row < row_end; ++row) {
    const float* from = params.hidden + row * columns;
    for (int64_t c = 0; c < columns; c += kPanel) {
      float* to = chunk.hidden_panels + (c * rows) + (row - chunk.row_begin) * kPanel;
      for (int64_t i = 0; i < kPanel; i += W) {
        const int64_t left = columns - c - i;
        Store(to + i, left > 0 ? LoadN(from + c + i, left) * scale : Vec{});
      }
    }
  }
}

void LogprobBackwardBlock(
    const TokenLogprobGradParams& params,
    const LogprobChunk& chunk,
    int64_t vocab_begin,
    int64_t vocab_end,
    float* scratch) {
  const int64_t columns = params.shape.columns;
  const int64_t count = vocab_end - vocab_begin;
  const int64_t rows = chunk.row_end - chunk.row_begin;
  const int64_t panels_count = LogprobPanels(columns);
  float* panels = scratch;
  float* product = scratch + kLogprobBlock * columns;  // [kGroupRows, panels * kPanel]
  PackWeight(params.weight, columns, vocab_begin, vocab_end, panels);
  for (int64_t first = 0; first < rows; first += kGroupRows) {
    const int64_t n = Min(kGroupRows, rows - first);
    float* ds = chunk.ds + first * chunk.ds_row + vocab_begin;
    const int64_t row = chunk.row_begin + first;
    Logits(params.hidden + row * columns, n, columns, panels, count, ds, chunk.ds_row);
    for (int64_t i = 0; i < n; ++i) {
      const RowGrad grad{
          params.inv_temperature * kLog2E,
          params.lse[row + i] * kLog2E,
          params.entropy[row + i],
          params.dlogprob[row + i],
          params.dentropy[row + i]};
      ScoreGrad(ds + i * chunk.ds_row, count, grad);
      const int64_t target = params.targets[row + i] - vocab_begin;
      if (target >= 0 && target < count) ds[i * chunk.ds_row + target] += grad.dlogprob;
    }
  }
  const bool add = chunk.row_begin > 0;
  const int64_t product_row = panels_count * kPanel;
  for (int64_t v = 0; v < count; v += kGroupRows) {
    const int64_t n = Min(kGroupRows, count - v);
    const MatrixA a{chunk.ds + vocab_begin + v, 1, chunk.ds_row};
    for (int64_t p = 0; p < panels_count; ++p) {
      GemmBlock<false>(
          n,
          2,
          rows,
          a,
          chunk.hidden_panels + p * rows * kPanel,
          kPanel,
          product + p * kPanel,
          product_row);
    }
    for (int64_t i = 0; i < n; ++i) {
      float* to = params.dweight + (vocab_begin + v + i) * columns;
      const float* from = product + i * product_row;
      if (add) {
        ForVec(columns, [&](int64_t c, int64_t m) {
          StoreN(to + c, LoadN(to + c, m) + Load(from + c), m);
        });
      } else {
        ForVec(columns, [&](int64_t c, int64_t m) { StoreN(to + c, Load(from + c), m); });
      }
    }
  }
}

void LogprobHiddenPanel(
    const TokenLogprobGradParams& params,
    const LogprobChunk& chunk,
    int64_t row_begin,
    int64_t row_end,
    int64_t panel,
    float* scratch) {
  const int64_t columns = params.shape.columns;
  const int64_t vocab = params.shape.vocab;
  const int64_t column = panel * kPanel;
  const int64_t width = Min(kPanel, columns - column);
  const int64_t rows = row_end - row_begin;
  const Vec scale = Splat(params.inv_temperature);
  float* packed = scratch;
  float* product = scratch + kDepth * kPanel;
  for (int64_t v = 0; v < vocab; v += kDepth) {
    const int64_t depth = Min(kDepth, vocab - v);
    for (int64_t j = 0; j < depth; ++j) {
      const float* from = params.weight + (v + j) * columns + column;
      for (int64_t i = 0; i < kPanel; i += W) {
        const int64_t left = width - i;
        Store(packed + j * kPanel + i, left > 0 ? LoadN(from + i, left) * scale : Vec{});
      }
    }
    const MatrixA a{chunk.ds + (row_begin - chunk.row_begin) * chunk.ds_row + v, chunk.ds_row, 1};
    if (v == 0) {
      GemmBlock<false>(rows, 2, depth, a, packed, kPanel, product, kPanel);
    } else {
      GemmBlock<true>(rows, 2, depth, a, packed, kPanel, product, kPanel);
    }
  }
  for (int64_t i = 0; i < rows; ++i) {
    float* to = params.dhidden + (row_begin + i) * columns + column;
    ForVec(width, [&](int64_t c, int64_t n) { StoreN(to + c, Load(product + i * kPanel + c), n); });
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
