// TokenLogprob forward of one instruction set. See token_logprob.h.
#include "kernels/token_logprob/token_logprob_tile.h"

namespace rationale::kernels::RATIONALE_ISA_NS {
namespace {

/// Adds `count` raw logits (times `factor` = base-2 scores) to a row's statistics.
RATIONALE_INLINE void AddScores(
    const float* logits, int64_t count, float factor, LogprobStats& stats) {
  const Vec scale = Splat(factor);
  const Vec old = Splat(stats.maximum);
  const int64_t full = count / W * W;
  const int64_t tail = count - full;
  Vec top = old;
  for (int64_t j = 0; j < full; j += W) top = VMax(top, Load(logits + j) * scale);
  const IVec seen = Iota() < static_cast<int32_t>(tail);
  if (tail > 0) top = VMax(top, seen ? Load(logits + full) * scale : old);
  const float now = HMax(top);
  const Vec shift = Splat(now);
  Vec sum{};
  Vec weighted{};
  for (int64_t j = 0; j < full; j += W) {
    const Vec s = Load(logits + j) * scale - shift;
    const Vec p = Exp2(s);
    sum += p;
    weighted += p * s;
  }
  if (tail > 0) {
    const Vec s = seen ? Load(logits + full) * scale - shift : Splat(-1e30f);
    const Vec p = Exp2(s);
    sum += p;
    weighted += seen ? p * s : Vec{};
  }
  if (stats.sum > 0.0f) {
    const float delta = stats.maximum - now;
    const float rescale = Exp2(Splat(delta))[0];
    stats.weighted = (stats.weighted + stats.sum * delta) * rescale + Sum(weighted);
    stats.sum = stats.sum * rescale + Sum(sum);
  } else {
    stats.weighted = Sum(weighted);
    stats.sum = Sum(sum);
  }
  stats.maximum = now;
}

}  // namespace

int64_t LogprobForwardScratch(const TokenLogprobShape& shape) {
  return (kLogprobBlock * shape.columns + kGroupRows * kTileRow) * 4;
}

void LogprobForwardTile(
    const TokenLogprobParams& params,
    const LogprobTile& tile,
    LogprobStats* stats,
    float* target_score,
    float* scratch) {
  const int64_t columns = params.shape.columns;
  float* panels = scratch;
  float* logits = scratch + kLogprobBlock * columns;
  const float factor = params.inv_temperature * kLog2E;
  for (int64_t row = tile.row_begin; row < tile.row_end; ++row) stats[row] = {-kInf, 0.0f, 0.0f};
  for (int64_t v = tile.vocab_begin; v < tile.vocab_end; v += kLogprobBlock) {
    const int64_t count = Min(kLogprobBlock, tile.vocab_end - v);
    PackWeight(params.weight, columns, v, v + count, panels);
    for (int64_t row = tile.row_begin; row < tile.row_end; row += kGroupRows) {
      const int64_t rows = Min(kGroupRows, tile.row_end - row);
      Logits(params.hidden + row * columns, rows, columns, panels, count, logits, kTileRow);
      for (int64_t i = 0; i < rows; ++i) {
        const float* scores = logits + i * kTileRow;
        AddScores(scores, count, factor, stats[row + i]);
        const int64_t target = params.targets[row + i] - v;
        if (target >= 0 && target < count) target_score[row + i] = scores[target] * factor;
      }
    }
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
