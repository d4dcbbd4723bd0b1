// How attention work is checked and cut, on the host, from the segment table alone.
//
// In: shape and segments. Out: items of about equal cost grouped into tasks. Forward tasks are
// independent. Backward tasks are grouped so that two tasks never add to the same dk/dv row of the
// same buffer: segments connected through shared rows form a family, a (family, kv head) pair is
// one task, or a fixed number of tasks with a buffer each when there are few pairs.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/attention/attention.h"

namespace rationale::kernels {

struct AttentionTask {
  int64_t first;  // items [first, last)
  int64_t last;
  int64_t part;  // backward: 0 adds into dqkv, p > 0 into extra buffer p - 1
};

struct AttentionPlan {
  std::vector<AttentionItem> items;
  std::vector<AttentionTask> tasks;
  std::vector<uint8_t> covered;  // [N], 1 where a row belongs to a segment
  int64_t parts = 1;
  int64_t positions = 0;  // most positions of any item
};

/// @throws KernelError
AttentionPlan PlanForward(const AttentionShape& shape, const int32_t* segments);
AttentionPlan PlanBackward(const AttentionShape& shape, const int32_t* segments);

}  // namespace rationale::kernels
