// Attention on the CPU: plan, then run the tasks of the active instruction set. See attention.h.
#include <algorithm>
#include <cstring>
#include <limits>

#include "kernels/attention/attention.h"
#include "kernels/attention/attention_plan.h"

namespace rationale::kernels {
namespace {

constexpr int64_t kRowTasks = 32;
constexpr int64_t kRowGrain = 32;

int64_t RowTasks(int64_t rows) {
  return std::clamp<int64_t>((rows + kRowGrain - 1) / kRowGrain, 1, kRowTasks);
}

}  // namespace

void AttentionForward(
    const AttentionForwardParams& params, const Parallel& parallel, ScratchPool& pool) {
  const AttentionShape& shape = params.shape;
  const AttentionPlan plan = PlanForward(shape, params.segments);
  const auto key_values = RATIONALE_DISPATCH(AttentionKeyValues);
  const auto forward = RATIONALE_DISPATCH(AttentionForwardItem);
  const int64_t bytes = RATIONALE_DISPATCH(AttentionForwardScratch)(shape, plan.positions);

  const int64_t row_tasks = RowTasks(shape.rows);
  parallel.Run(row_tasks, [&](int64_t t) {
    const Range range = PartOf(shape.rows, row_tasks, t);
    key_values(params, range.begin, range.end);
    for (int64_t row = range.begin; row < range.end; ++row) {
      if (plan.covered[static_cast<size_t>(row)] != 0) continue;
      std::fill_n(
          params.out + row * shape.heads * shape.head_size, shape.heads * shape.head_size, 0.0f);
      std::fill_n(
          params.lse + row * shape.heads, shape.heads, -std::numeric_limits<float>::infinity());
    }
  });
  parallel.Run(static_cast<int64_t>(plan.tasks.size()), [&](int64_t t) {
    const auto scratch = pool.Acquire(bytes);
    const AttentionTask& task = plan.tasks[static_cast<size_t>(t)];
    for (int64_t i = task.first; i < task.last; ++i)
      forward(params, plan.items[static_cast<size_t>(i)], scratch.as<float>());
  });
}

void AttentionBackward(
    const AttentionBackwardParams& params, const Parallel& parallel, ScratchPool& pool) {
  const AttentionShape& shape = params.shape;
  const AttentionPlan plan = PlanBackward(shape, params.segments);
  const auto backward = RATIONALE_DISPATCH(AttentionBackwardItem);
  const auto finish = RATIONALE_DISPATCH(AttentionFinishKeys);
  const int64_t bytes = RATIONALE_DISPATCH(AttentionBackwardScratch)(shape, plan.positions);
  const int64_t query_columns = shape.heads * shape.head_size;
  const int64_t key_columns = 2 * shape.kv_heads * shape.head_size;
  const int64_t extra_parts = plan.parts - 1;
  const auto extra = pool.Acquire(extra_parts * shape.rows * key_columns * 4);

  const int64_t row_tasks = RowTasks(shape.rows);
  parallel.Run(row_tasks, [&](int64_t t) {
    const Range range = PartOf(shape.rows, row_tasks, t);
    for (int64_t row = range.begin; row < range.end; ++row) {
      float* to = params.dqkv + row * shape.qkv_columns();
      if (plan.covered[static_cast<size_t>(row)] == 0) std::fill_n(to, query_columns, 0.0f);
      std::fill_n(to + query_columns, key_columns, 0.0f);
      for (int64_t part = 0; part < extra_parts; ++part)
        std::fill_n(extra.as<float>() + (part * shape.rows + row) * key_columns, key_columns, 0.0f);
    }
  });
  parallel.Run(static_cast<int64_t>(plan.tasks.size()), [&](int64_t t) {
    const auto scratch = pool.Acquire(bytes);
    const AttentionTask& task = plan.tasks[static_cast<size_t>(t)];
    const bool direct = task.part == 0;
    float* dkv = direct ? params.dqkv + query_columns
                        : extra.as<float>() + (task.part - 1) * shape.rows * key_columns;
    const int64_t dkv_row = direct ? shape.qkv_columns() : key_columns;
    for (int64_t i = task.first; i < task.last; ++i)
      backward(params, plan.items[static_cast<size_t>(i)], dkv, dkv_row, scratch.as<float>());
  });
  parallel.Run(row_tasks, [&](int64_t t) {
    const Range range = PartOf(shape.rows, row_tasks, t);
    finish(params, extra.as<float>(), extra_parts, range.begin, range.end);
  });
}

}  // namespace rationale::kernels
