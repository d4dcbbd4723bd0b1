// See attention_plan.h.
#include "kernels/attention/attention_plan.h"

#include <algorithm>
#include <numeric>

#include "kernels/check.h"

namespace rationale::kernels {
namespace {

// Query rows of one item (positions x query heads per kv head): enough to use packed keys many
// times, few enough that their queries and outputs stay in the second-level cache.
constexpr int64_t kItemRows = 384;
// More tasks than any pool has threads, few enough that handing them out costs nothing.
constexpr int64_t kMaxTasks = 64;
// Query-key products (times head size) per task, below which a thread costs more than it brings.
constexpr int64_t kTaskWork = 65536;

int64_t ItemPositions(const AttentionShape& shape) {
  return std::max<int64_t>(8, kItemRows / shape.group());
}

std::vector<uint8_t> CheckSegments(const AttentionShape& shape, const int32_t* segments) {
  const auto& s = shape;
  RATIONALE_CHECK(
      s.kv_heads > 0 && s.heads > 0 && s.heads % s.kv_heads == 0,
      "expected heads to be a multiple of kv_heads, got heads=",
      s.heads,
      ", kv_heads=",
      s.kv_heads);
  RATIONALE_CHECK(
      s.head_size > 0 && s.head_size % 2 == 0, "expected an even head size, got ", s.head_size);
  std::vector<uint8_t> covered(static_cast<size_t>(s.rows), 0);
  for (int64_t i = 0; i < s.segments; ++i) {
    const int64_t start = segments[4 * i];
    const int64_t length = segments[4 * i + 1];
    const int64_t prefix_start = segments[4 * i + 2];
    const int64_t prefix_length = segments[4 * i + 3];
    RATIONALE_CHECK(
        start >= 0 && length >= 0 && start + length <= s.rows,
        "expected segment rows inside [0, ",
        s.rows,
        "), got segment ",
        i,
        " = (start ",
        start,
        ", length ",
        length,
        ")");
    RATIONALE_CHECK(
        prefix_length >= 0 && (prefix_length == 0 || prefix_start >= 0) &&
            prefix_start + prefix_length <= s.rows,
        "expected prefix rows inside [0, ",
        s.rows,
        "), got segment ",
        i,
        " = (prefixStart ",
        prefix_start,
        ", prefixLength ",
        prefix_length,
        ")");
    for (int64_t r = start; r < start + length; ++r) {
      RATIONALE_CHECK(
          covered[static_cast<size_t>(r)] == 0,
          "expected every row in at most one segment, got row ",
          r,
          " again in segment ",
          i);
      covered[static_cast<size_t>(r)] = 1;
    }
  }
  return covered;
}

int64_t Cost(const AttentionItem& item, bool causal) {
  const int64_t positions = item.end - item.begin;
  const int64_t own = causal ? (item.begin + item.end + 1) / 2 : item.length;
  // 8: work per position that does not depend on the number of keys.
  return positions * (item.prefix_length + own + 8);
}

void AddItems(
    const AttentionShape& shape, const int32_t* segment, int64_t kv_head, AttentionPlan& plan) {
  const int64_t length = segment[1];
  if (length == 0) return;
  const int64_t pieces = (length + ItemPositions(shape) - 1) / ItemPositions(shape);
  for (int64_t p = 0; p < pieces; ++p) {
    const int64_t begin = length * p / pieces;
    const int64_t end = length * (p + 1) / pieces;
    plan.items.push_back(
        {segment[0], length, segment[3] > 0 ? segment[2] : 0, segment[3], kv_head, begin, end});
    plan.positions = std::max(plan.positions, end - begin);
  }
}

/// Cuts items [first, last) into at most `count` runs of about equal cost.
std::vector<AttentionTask> Cut(
    const AttentionPlan& plan, bool causal, int64_t first, int64_t last, int64_t count) {
  int64_t total = 0;
  for (int64_t i = first; i < last; ++i) total += Cost(plan.items[static_cast<size_t>(i)], causal);
  std::vector<AttentionTask> tasks;
  int64_t done = 0;
  int64_t begin = first;
  for (int64_t i = first; i < last; ++i) {
    done += Cost(plan.items[static_cast<size_t>(i)], causal);
    const auto made = static_cast<int64_t>(tasks.size());
    if (i + 1 == last || done * count >= total * (made + 1)) {
      tasks.push_back({begin, i + 1, made});
      begin = i + 1;
    }
  }
  return tasks;
}

}  // namespace

AttentionPlan PlanForward(const AttentionShape& shape, const int32_t* segments) {
  AttentionPlan plan;
  plan.covered = CheckSegments(shape, segments);
  for (int64_t i = 0; i < shape.segments; ++i) {
    for (int64_t h = 0; h < shape.kv_heads; ++h) AddItems(shape, segments + 4 * i, h, plan);
  }
  int64_t work = 0;
  for (const AttentionItem& item : plan.items) work += Cost(item, shape.causal) * shape.group();
  const int64_t tasks = std::clamp<int64_t>(work * shape.head_size / kTaskWork, 1, kMaxTasks);
  plan.tasks = Cut(plan, shape.causal, 0, static_cast<int64_t>(plan.items.size()), tasks);
  return plan;
}

AttentionPlan PlanBackward(const AttentionShape& shape, const int32_t* segments) {
  AttentionPlan plan;
  plan.covered = CheckSegments(shape, segments);

  // Union-find over rows: all rows that one segment reads belong to one family.
  std::vector<int32_t> parent(static_cast<size_t>(shape.rows));
  std::iota(parent.begin(), parent.end(), 0);
  const auto find = [&](int32_t r) {
    while (parent[static_cast<size_t>(r)] != r) {
      parent[static_cast<size_t>(r)] = parent[static_cast<size_t>(parent[static_cast<size_t>(r)])];
      r = parent[static_cast<size_t>(r)];
    }
    return r;
  };
  const auto join = [&](int32_t first, int32_t count, int32_t anchor) {
    for (int32_t r = first; r < first + count; ++r)
      parent[static_cast<size_t>(find(r))] = find(anchor);
  };
  for (int64_t i = 0; i < shape.segments; ++i) {
    const int32_t* s = segments + 4 * i;
    if (s[1] == 0) continue;
    join(s[0], s[1], s[0]);
    join(s[2], s[3], s[0]);
  }
  std::vector<std::vector<int64_t>> families;
  std::vector<int32_t> family_of(static_cast<size_t>(shape.rows), -1);
  for (int64_t i = 0; i < shape.segments; ++i) {
    if (segments[4 * i + 1] == 0) continue;
    int32_t& family = family_of[static_cast<size_t>(find(segments[4 * i]))];
    if (family < 0) {
      family = static_cast<int32_t>(families.size());
      families.emplace_back();
    }
    families[static_cast<size_t>(family)].push_back(i);
  }

  const auto pairs = static_cast<int64_t>(families.size()) * shape.kv_heads;
  constexpr int64_t kWantedTasks = 16;
  constexpr int64_t kMaxParts = 8;
  const int64_t parts = pairs == 0 ? 1 : std::clamp<int64_t>(kWantedTasks / pairs, 1, kMaxParts);
  std::vector<AttentionTask> tasks;
  for (const auto& family : families) {
    for (int64_t h = 0; h < shape.kv_heads; ++h) {
      const auto first = static_cast<int64_t>(plan.items.size());
      for (const int64_t i : family) AddItems(shape, segments + 4 * i, h, plan);
      const auto last = static_cast<int64_t>(plan.items.size());
      for (const AttentionTask& task : Cut(plan, shape.causal, first, last, parts)) {
        tasks.push_back(task);
        plan.parts = std::max(plan.parts, task.part + 1);
      }
    }
  }
  // Expensive tasks first, so that the last ones to finish are short.
  std::vector<int64_t> cost;
  for (const AttentionTask& task : tasks) {
    int64_t sum = 0;
    for (int64_t i = task.first; i < task.last; ++i)
      sum += Cost(plan.items[static_cast<size_t>(i)], shape.causal);
    cost.push_back(sum);
  }
  std::vector<size_t> order(tasks.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(
      order.begin(), order.end(), [&](size_t a, size_t b) { return cost[a] > cost[b]; });
  for (const size_t i : order) plan.tasks.push_back(tasks[i]);
  return plan;
}

}  // namespace rationale::kernels
