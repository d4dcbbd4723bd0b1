// Grid of the scatter-add. In: Params with device pointers. Out: launches on the launcher's stream.
#pragma once

#include "cuda/launcher.h"
#include "kernels/scatter_add_rows/scatter_add_rows.cuh"

namespace rationale::cuda {

inline void ScatterAddRowsForward(const ScatterAddRowsParams& p, Launcher& launcher) {
  launcher.Clear(p.out, p.table_rows * p.columns * static_cast<i64>(sizeof(float)));
  launcher.Start(
      "scatter_add_rows",
      "scatter_add_rows_kernel",
      {p.count, CeilDiv(p.columns, kScatterColumns)},
      kScatterThreads,
      p);
}

}  // namespace rationale::cuda
