// TokenLogprob on the CPU: checks, cutting, merge. See token_logprob.h.
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/check.h"
#include "kernels/token_logprob/token_logprob.h"

namespace rationale::kernels {
namespace {

// Rows of one forward task: packing a weight block is paid once per task.
constexpr int64_t kForwardRows = 384;
constexpr int64_t kWantedTasks = 24;
// Backward: rows of a chunk, and the most bytes its ds may take.
constexpr int64_t kChunkRows = 512;
constexpr int64_t kChunkBytes = int64_t{64} << 20;
// Rows of one dhidden task; at most the product rows of LogprobBackwardScratch on every level.
constexpr int64_t kHiddenRows = 64;

void Check(const TokenLogprobShape& shape, const int32_t* targets) {
  RATIONALE_CHECK(shape.vocab > 0, "expected a vocabulary of at least 1, got 0");
  for (int64_t i = 0; i < shape.rows; ++i) {
    RATIONALE_CHECK(
        targets[i] >= 0 && targets[i] < shape.vocab,
        "expected targets inside [0, ",
        shape.vocab,
        "), got ",
        targets[i],
        " in row ",
        i);
  }
}

}  // namespace

void TokenLogprob(const TokenLogprobParams& params, const Parallel& parallel, ScratchPool& pool) {
  const TokenLogprobShape& shape = params.shape;
  Check(shape, params.targets);
  if (shape.rows == 0) return;
  const auto forward = RATIONALE_DISPATCH(LogprobForwardTile);
  const int64_t bytes = RATIONALE_DISPATCH(LogprobForwardScratch)(shape);
  const int64_t row_parts = (shape.rows + kForwardRows - 1) / kForwardRows;
  const int64_t blocks = (shape.vocab + kLogprobBlock - 1) / kLogprobBlock;
  const int64_t slices = std::clamp<int64_t>(kWantedTasks / row_parts, 1, blocks);

  const int64_t stats_bytes = slices * shape.rows * static_cast<int64_t>(sizeof(LogprobStats));
  const auto stats_lease = pool.Acquire(stats_bytes + shape.rows * 4);
  auto* stats = stats_lease.as<LogprobStats>();
  auto* target_score = reinterpret_cast<float*>(stats + slices * shape.rows);
  parallel.Run(row_parts * slices, [&](int64_t t) {
    const auto scratch = pool.Acquire(bytes);
    const Range rows = PartOf(shape.rows, row_parts, t / slices);
    const Range vocab = PartOf(shape.vocab, slices, t % slices, kLogprobBlock);
    forward(
        params,
        {rows.begin, rows.end, vocab.begin, vocab.end},
        stats + t % slices * shape.rows,
        target_score,
        scratch.as<float>());
  });

  constexpr double kLn2 = 0.69314718055994530942;
  for (int64_t i = 0; i < shape.rows; ++i) {
    double maximum = stats[i].maximum;
    for (int64_t s = 1; s < slices; ++s)
      maximum = std::max<double>(maximum, stats[s * shape.rows + i].maximum);
    double sum = 0.0;
    double weighted = 0.0;
    for (int64_t s = 0; s < slices; ++s) {
      const LogprobStats& part = stats[s * shape.rows + i];
      const double delta = part.maximum - maximum;
      const double rescale = std::exp2(delta);
      sum += part.sum * rescale;
      weighted += (part.weighted + part.sum * delta) * rescale;
    }
    const double log_sum = std::log2(sum);
    params.logprob[i] = static_cast<float>(((target_score[i] - maximum) - log_sum) * kLn2);
    params.lse[i] = static_cast<float>((maximum + log_sum) * kLn2);
    params.entropy[i] = static_cast<float>((log_sum - weighted / sum) * kLn2);
  }
}

void TokenLogprobGrad(
    const TokenLogprobGradParams& params, const Parallel& parallel, ScratchPool& pool) {
  const TokenLogprobShape& shape = params.shape;
  Check(shape, params.targets);
  if (shape.rows == 0) {
    std::fill_n(params.dweight, shape.vocab * shape.columns, 0.0f);
    return;
  }
  const auto pack = RATIONALE_DISPATCH(LogprobPackHidden);
  const auto block = RATIONALE_DISPATCH(LogprobBackwardBlock);
  const auto hidden_panel = RATIONALE_DISPATCH(LogprobHiddenPanel);
  const int64_t bytes = RATIONALE_DISPATCH(LogprobBackwardScratch)(shape);
  const int64_t panels = RATIONALE_DISPATCH(LogprobPanels)(shape.columns);

  const int64_t blocks = (shape.vocab + kLogprobBlock - 1) / kLogprobBlock;
  // Whole panels are written at the end of a block, and rows must not share cache sets.
  const int64_t ds_row = blocks * kLogprobBlock + 16;
  const int64_t fitting = std::max<int64_t>(48, kChunkBytes / (ds_row * 4) / 48 * 48);
  const int64_t chunk_rows = std::min({kChunkRows, fitting, shape.rows});
  const int64_t chunks = (shape.rows + chunk_rows - 1) / chunk_rows;
  const auto ds = pool.Acquire(chunk_rows * ds_row * 4);
  const auto hidden_panels =
      pool.Acquire(RATIONALE_DISPATCH(LogprobPanelFloats)(chunk_rows, shape.columns) * 4);

  for (int64_t c = 0; c < chunks; ++c) {
    const Range rows = PartOf(shape.rows, chunks, c);
    const int64_t count = rows.end - rows.begin;
    const LogprobChunk chunk{
        rows.begin, rows.end, ds_row, ds.as<float>(), hidden_panels.as<float>()};
    const int64_t row_tasks = (count + kHiddenRows - 1) / kHiddenRows;
    parallel.Run(row_tasks, [&](int64_t t) {
      const Range part = PartOf(count, row_tasks, t);
      pack(params, chunk, rows.begin + part.begin, rows.begin + part.end);
    });
    parallel.Run(blocks, [&](int64_t t) {
      const auto scratch = pool.Acquire(bytes);
      const int64_t begin = t * kLogprobBlock;
      block(
          params, chunk, begin, std::min(begin + kLogprobBlock, shape.vocab), scratch.as<float>());
    });
    parallel.Run(row_tasks * panels, [&](int64_t t) {
      const auto scratch = pool.Acquire(bytes);
      const Range part = PartOf(count, row_tasks, t / panels);
      hidden_panel(
          params,
          chunk,
          rows.begin + part.begin,
          rows.begin + part.end,
          t % panels,
          scratch.as<float>());
    });
  }
}

}  // namespace rationale::kernels
