// out[r] = sum of rows[n] over n with index[n] = r, 0 where there is none: the gradient of a
// lookup. rows [N,D] f32, index [N] i32 in [0,R), out [R,D]. Each destination row adds its sources
// in ascending n and belongs to one task, so duplicates are exact in order and threads do not
// matter.
#pragma once

#include <cstdint>

#include "kernels/isa.h"
#include "kernels/parallel.h"

namespace rationale::kernels {

struct ScatterAddRowsParams {
  int64_t rows;      // N
  int64_t columns;   // D
  int64_t out_rows;  // R
  const float* source;
  const int32_t* index;
  float* out;
};

/// @throws KernelError on an index outside [0, R).
void ScatterAddRows(const ScatterAddRowsParams& params, const Parallel& parallel);

/// Columns [begin, end) of one destination row: zero, then add the listed source rows.
RATIONALE_DECLARE_ISA(
    void ScatterAddRow(
        const ScatterAddRowsParams& params,
        int64_t out_row,
        const int32_t* sources,
        int64_t count,
        int64_t begin,
        int64_t end))

}  // namespace rationale::kernels
