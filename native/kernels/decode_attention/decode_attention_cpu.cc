// Decode attention on the CPU: checks, pieces, merge. See decode_attention.h.
#include <algorithm>
#include <vector>

#include "kernels/check.h"
#include "kernels/decode_attention/decode_attention.h"

namespace rationale::kernels {
namespace {

// Keys per piece: a fixed number, so that pieces depend on lengths only.
constexpr int64_t kPiece = 512;
// Query-key products per task, below which waking a thread costs more than it brings.
constexpr int64_t kTaskWork = 16384;
constexpr int64_t kMaxTasks = 32;

void Check(const DecodeAttentionParams& p) {
  RATIONALE_CHECK(
      p.kv_heads > 0 && p.heads > 0 && p.heads % p.kv_heads == 0,
      "expected heads to be a multiple of kv_heads, got heads=",
      p.heads,
      ", kv_heads=",
      p.kv_heads);
  RATIONALE_CHECK(
      p.head_size > 0 && p.head_size % 2 == 0, "expected an even head size, got ", p.head_size);
  std::vector<uint8_t> used(static_cast<size_t>(p.slots), 0);
  for (int64_t b = 0; b < p.batch; ++b) {
    const int64_t start = p.rows[4 * b];
    const int64_t length = p.rows[4 * b + 1];
    const int64_t slot = p.rows[4 * b + 2];
    const int64_t position = p.rows[4 * b + 3];
    RATIONALE_CHECK(
        length >= 0 && (length == 0 || start >= 0) && start + length <= p.prefix_rows,
        "expected prefix rows inside [0, ",
        p.prefix_rows,
        "), got row ",
        b,
        " = (prefixStart ",
        start,
        ", prefixLength ",
        length,
        ")");
    RATIONALE_CHECK(
        slot >= 0 && slot < p.slots && position >= 0 && position < p.capacity,
        "expected slot below ",
        p.slots,
        " and position below ",
        p.capacity,
        ", got row ",
        b,
        " = (slot ",
        slot,
        ", position ",
        position,
        ")");
    RATIONALE_CHECK(
        used[static_cast<size_t>(slot)] == 0,
        "expected every row in its own slot, got slot ",
        slot,
        " again in row ",
        b);
    used[static_cast<size_t>(slot)] = 1;
  }
}

struct Work {
  int64_t first_item;
  int64_t pieces;
};

}  // namespace

void DecodeAttention(
    const DecodeAttentionParams& params, const Parallel& parallel, ScratchPool& pool) {
  Check(params);
  const auto attend = RATIONALE_DISPATCH(DecodeAttentionItem);
  const auto merge = RATIONALE_DISPATCH(DecodeAttentionMerge);
  const int64_t bytes = RATIONALE_DISPATCH(DecodeAttentionScratch)(params);

  std::vector<DecodeItem> items;
  std::vector<Work> work;
  const auto keys_of = [&](int64_t b) -> int64_t {
    return int64_t{params.rows[4 * b + 1]} + params.rows[4 * b + 3] + 1;
  };
  const auto shares = [&](int64_t a, int64_t b) {
    return params.rows[4 * a] == params.rows[4 * b] &&
           params.rows[4 * a + 1] == params.rows[4 * b + 1] && keys_of(b) <= kPiece;
  };
  for (int64_t b = 0; b < params.batch;) {
    int64_t rows = 1;
    if (keys_of(b) <= kPiece && params.rows[4 * b + 1] > 0) {
      while (rows < kDecodeRows && b + rows < params.batch && shares(b, b + rows)) ++rows;
    }
    const int64_t keys = keys_of(b);
    const int64_t pieces = (keys + kPiece - 1) / kPiece;
    for (int64_t h = 0; h < params.kv_heads; ++h) {
      if (pieces > 1) work.push_back({static_cast<int64_t>(items.size()), pieces});
      for (int64_t p = 0; p < pieces; ++p) {
        const int64_t begin = keys * p / pieces;
        const int64_t end = keys * (p + 1) / pieces;
        items.push_back({b, rows, h, begin, end, p + 1 == pieces, pieces == 1});
      }
    }
    b += rows;
  }
  const bool split = !work.empty();
  const int64_t partial_size = DecodePartialSize(params);
  const auto count = static_cast<int64_t>(items.size());
  const auto partials = pool.Acquire(split ? count * partial_size * 4 : 0);
  int64_t keys = 0;
  for (int64_t b = 0; b < params.batch; ++b) keys += keys_of(b);
  const int64_t by_work = keys * params.heads * params.head_size / kTaskWork;
  const int64_t tasks = std::clamp<int64_t>(by_work, 1, std::clamp<int64_t>(count, 1, kMaxTasks));
  parallel.Run(tasks, [&](int64_t t) {
    const auto scratch = pool.Acquire(bytes);
    const Range range = PartOf(count, tasks, t);
    for (int64_t i = range.begin; i < range.end; ++i) {
      attend(
          params,
          items[static_cast<size_t>(i)],
          split ? partials.as<float>() + i * partial_size : nullptr,
          scratch.as<float>());
    }
  });
  if (!split) return;
  for (const Work& w : work) {
    const DecodeItem& item = items[static_cast<size_t>(w.first_item)];
    merge(
        params,
        item.row,
        item.kv_head,
        partials.as<float>() + w.first_item * partial_size,
        w.pieces);
  }
}

}  // namespace rationale::kernels
