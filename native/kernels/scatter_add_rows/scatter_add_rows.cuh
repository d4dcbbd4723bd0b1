// Sum of rows by destination (the gradient of a table look-up): what the launcher hands to the
// kernel.
//
//   out_r = sum over n with index_n = r of rows_n        (0 where there is none)
//
// f32. Deterministic without atomics: the first row of a destination collects all its rows, in
// order. Index values outside [0, R) are left out. Moves 4 B per element of rows and out, plus N^2
// index reads (from cache: N is at most some ten thousand).
#pragma once

#include "cuda/scalar.h"

namespace rationale::cuda {

struct ScatterAddRowsParams {
  i64 count;          // N
  i64 columns;        // D
  i64 table_rows;     // R
  const float* rows;  // [N, D]
  const i32* index;   // [N]
  float* out;         // [R, D], cleared before
};

constexpr int kScatterThreads = 256;
constexpr int kScatterColumnsPerThread = 4;
constexpr i64 kScatterColumns = i64{kScatterThreads} * kScatterColumnsPerThread;

}  // namespace rationale::cuda
