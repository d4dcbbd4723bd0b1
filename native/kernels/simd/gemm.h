// Small in-cache matrix products: C[m, nv*W] (+)= A[m, k] B[k, nv*W].
//
// In: A by two strides (so a transposed A costs nothing), B and C by row strides, columns in whole
// vectors (callers pad). Out: C. A register tile of kRows x 2 vectors; each A element is broadcast.
// Summation over k is in order, one fused multiply-add per element: the result does not depend on
// how rows and columns are cut.
#pragma once

#include <utility>

#include "kernels/simd/vec.h"

namespace rationale::kernels::RATIONALE_ISA_NS {

#if defined(__AVX512F__)
constexpr int kRows = 12;
#elif defined(__AVX2__)
constexpr int kRows = 6;
#else
constexpr int kRows = 4;
#endif

struct MatrixA {
  const float* data;
  int64_t row;     // stride between rows
  int64_t column;  // stride between columns
};

template <int M, int NV, bool kAccumulate>
static __attribute__((noinline)) void GemmTile(
    int64_t k,
    const float* a,
    int64_t a_row,
    int64_t a_column,
    const float* b,
    int64_t b_row,
    float* c,
    int64_t c_row) {
  Vec acc[M][NV];
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) acc[i][j] = kAccumulate ? Load(c + i * c_row + j * W) : Vec{};
  }
  for (int64_t p = 0; p < k; ++p) {
    Vec bv[NV];
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) bv[j] = Load(b + j * W);
#pragma GCC unroll 16
    for (int i = 0; i < M; ++i) {
      const Vec av = Splat(a[i * a_row]);
#pragma GCC unroll 4
      for (int j = 0; j < NV; ++j) acc[i][j] += av * bv[j];
    }
    a += a_column;
    b += b_row;
  }
#pragma GCC unroll 16
  for (int i = 0; i < M; ++i) {
#pragma GCC unroll 4
    for (int j = 0; j < NV; ++j) Store(c + i * c_row + j * W, acc[i][j]);
  }
}

using GemmTileFn =
    void (*)(int64_t, const float*, int64_t, int64_t, const float*, int64_t, float*, int64_t);

template <int NV, bool kAccumulate, size_t... I>
RATIONALE_INLINE GemmTileFn PickTile(int64_t rows, std::index_sequence<I...>) {
  static constexpr GemmTileFn kTable[] = {&GemmTile<static_cast<int>(I) + 1, NV, kAccumulate>...};
  return kTable[rows - 1];
}

template <bool kAccumulate>
static void GemmBlock(
    int64_t m,
    int64_t nv,
    int64_t k,
    MatrixA a,
    const float* b,
    int64_t b_row,
    float* c,
    int64_t c_row) {
  if (m <= 0) return;
  using Rows = std::make_index_sequence<kRows>;
  // Equal row blocks: 16 rows are 8 + 8, not 12 + 4.
  const int64_t blocks = (m + kRows - 1) / kRows;
  const int64_t small = m / blocks;
  const int64_t large_count = m - small * blocks;  // this many blocks have one row more
  for (int64_t j = 0; j < nv; j += 2) {
    const bool pair = j + 2 <= nv;
    const float* bj = b + j * W;
    float* cj = c + j * W;
    const GemmTileFn tile =
        pair ? PickTile<2, kAccumulate>(small, Rows()) : PickTile<1, kAccumulate>(small, Rows());
    int64_t i = 0;
    if (large_count > 0) {
      const GemmTileFn larger = pair ? PickTile<2, kAccumulate>(small + 1, Rows())
                                     : PickTile<1, kAccumulate>(small + 1, Rows());
      for (int64_t n = 0; n < large_count; ++n, i += small + 1)
        larger(k, a.data + i * a.row, a.row, a.column, bj, b_row, cj + i * c_row, c_row);
    }
    for (; i < m; i += small)
      tile(k, a.data + i * a.row, a.row, a.column, bj, b_row, cj + i * c_row, c_row);
  }
}

template <int S, size_t... L>
RATIONALE_INLINE void TransposePair(Vec& a, Vec& b, std::index_sequence<L...>) {
  const Vec x = a;
  const Vec y = b;
  a = __builtin_shufflevector(x, y, ((L & S) ? int(W + L - S) : int(L))...);
  b = __builtin_shufflevector(x, y, ((L & S) ? int(W + L) : int(L + S))...);
}

template <int S>
RATIONALE_INLINE void TransposeStage(Vec* r) {
#pragma GCC unroll 16
  for (int i = 0; i < W; ++i) {
    if ((i & S) == 0) TransposePair<S>(r[i], r[i + S], std::make_index_sequence<W>());
  }
}

RATIONALE_INLINE void TransposeSquare(Vec* r) {
  TransposeStage<1>(r);
  TransposeStage<2>(r);
  if constexpr (W >= 8) TransposeStage<4>(r);
  if constexpr (W >= 16) TransposeStage<8>(r);
}

/// to[c][r] = from[r][c] for r < rows, 0 for r in [rows, RoundUp(rows, W)).
static void TransposeInto(
    const float* from, int64_t from_row, int64_t rows, int64_t columns, float* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; r += W) {
    const int64_t n = Min(W, rows - r);
    int64_t c = 0;
    for (; c + W <= columns; c += W) {
      Vec square[W];
#pragma GCC unroll 16
      for (int i = 0; i < W; ++i) square[i] = i < n ? Load(from + (r + i) * from_row + c) : Vec{};
      TransposeSquare(square);
#pragma GCC unroll 16
      for (int i = 0; i < W; ++i) Store(to + (c + i) * to_row + r, square[i]);
    }
    for (; c < columns; ++c) {
      for (int64_t i = 0; i < W; ++i)
        to[c * to_row + r + i] = i < n ? from[(r + i) * from_row + c] : 0.0f;
    }
  }
}

}  // namespace rationale::kernels::RATIONALE_ISA_NS
