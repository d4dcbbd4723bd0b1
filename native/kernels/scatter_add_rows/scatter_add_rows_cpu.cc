// ScatterAddRows on the CPU: a stable counting sort of the sources by destination, then one task
// per range of destinations and block of columns. See scatter_add_rows.h.
#include <algorithm>
#include <vector>

#include "kernels/check.h"
#include "kernels/scatter_add_rows/scatter_add_rows.h"

namespace rationale::kernels {

void ScatterAddRows(const ScatterAddRowsParams& params, const Parallel& parallel) {
  constexpr int64_t kTasks = 16;
  // Columns are cut too: one token may take most of the rows.
  constexpr int64_t kColumnBlock = 128;
  const auto add_row = RATIONALE_DISPATCH(ScatterAddRow);
  std::vector<int32_t> first(static_cast<size_t>(params.out_rows) + 1, 0);
  for (int64_t n = 0; n < params.rows; ++n) {
    const int32_t r = params.index[n];
    RATIONALE_CHECK(
        r >= 0 && r < params.out_rows,
        "expected index inside [0, ",
        params.out_rows,
        "), got ",
        r,
        " at ",
        n);
    ++first[static_cast<size_t>(r) + 1];
  }
  for (size_t r = 0; r < static_cast<size_t>(params.out_rows); ++r) first[r + 1] += first[r];
  std::vector<int32_t> order(static_cast<size_t>(params.rows));
  std::vector<int32_t> next(first.begin(), first.end() - 1);
  for (int64_t n = 0; n < params.rows; ++n)
    order[static_cast<size_t>(next[static_cast<size_t>(params.index[n])]++)] =
        static_cast<int32_t>(n);

  // Cuts of equal work, a destination costing one row and each source one more.
  const int64_t parts = std::clamp<int64_t>(params.out_rows, 1, kTasks);
  std::vector<int64_t> cut{0};
  const int64_t total = params.out_rows + params.rows;
  for (int64_t r = 0; r < params.out_rows; ++r) {
    const int64_t done = r + 1 + first[static_cast<size_t>(r) + 1];
    if (done * parts >= total * static_cast<int64_t>(cut.size()) || r + 1 == params.out_rows)
      cut.push_back(r + 1);
  }
  const auto ranges = static_cast<int64_t>(cut.size()) - 1;
  const int64_t blocks = std::max<int64_t>(1, params.columns / kColumnBlock);
  parallel.Run(ranges * blocks, [&](int64_t t) {
    const Range columns = PartOf(params.columns, blocks, t % blocks, 16);
    for (int64_t r = cut[static_cast<size_t>(t / blocks)];
         r < cut[static_cast<size_t>(t / blocks) + 1];
         ++r) {
      const int32_t begin = first[static_cast<size_t>(r)];
      add_row(
          params,
          r,
          order.data() + begin,
          first[static_cast<size_t>(r) + 1] - begin,
          columns.begin,
          columns.end);
    }
  });
}

}  // namespace rationale::kernels
