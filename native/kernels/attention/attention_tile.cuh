// Parts that the attention kernels share: segments, rotation, and products of a few stationary rows
// per warp with a moving tile of 32 rows.
//
// Two layouts alternate. Scores: a lane owns one row of the moving tile and holds its dot products
// with the warp's rows. Sums: a lane owns the columns lane, lane + 32, ... of the warp's rows.
// Weights pass from the first to the second through shared memory.
#pragma once

#include "cuda/device.cuh"
#include "kernels/attention/attention.cuh"

namespace rationale::cuda {

struct Segment {
  i64 start;
  i64 length;
  i64 prefix_start;
  i64 prefix_length;
  bool valid;
};

/// A segment cut down to rows that exist.
__device__ inline Segment ReadSegment(const i32* segments, i64 index, i64 rows) {
  Segment s{
      segments[4 * index],
      segments[4 * index + 1],
      segments[4 * index + 2],
      segments[4 * index + 3],
      true};
  if (s.prefix_length == 0) s.prefix_start = 0;
  s.valid = s.start >= 0 && s.length >= 0 && s.start + s.length <= rows && s.prefix_start >= 0 &&
            s.prefix_length >= 0 && s.prefix_start + s.prefix_length <= rows;
  if (s.valid) return s;
  const i64 begin = s.start < 0 ? 0 : s.start > rows ? rows : s.start;
  const i64 end = s.start + s.length < begin  ? begin
                  : s.start + s.length > rows ? rows
                                              : s.start + s.length;
  return {begin, end - begin, 0, 0, false};
}

/// Query tiles of `tile_rows` rows before each segment, by one block of kAttentionThreads.
__device__ inline void CountTiles(
    const i32* segments, i64 count, i64 rows, int tile_rows, i32* tiles) {
  __shared__ i32 before[kAttentionThreads];
  const i64 share = CeilDiv(count, kAttentionThreads);
  const i64 begin = threadIdx.x * share;
  const i64 end = begin + share < count ? begin + share : count;
  i32 sum = 0;
  for (i64 m = begin; m < end; ++m) {
    sum += static_cast<i32>(CeilDiv(ReadSegment(segments, m, rows).length, tile_rows));
  }
  before[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    i32 total = 0;
    for (int t = 0; t < kAttentionThreads; ++t) {
      const i32 mine = before[t];
      before[t] = total;
      total += mine;
    }
    tiles[count] = total;
  }
  __syncthreads();
  i32 total = before[threadIdx.x];
  for (i64 m = begin; m < end; ++m) {
    tiles[m] = total;
    total += static_cast<i32>(CeilDiv(ReadSegment(segments, m, rows).length, tile_rows));
  }
}

/// The last segment that begins at or before tile `tile` (empty ones own no tile). tile <
/// tiles[count].
__device__ inline i64 SegmentOfTile(const i32* tiles, i64 count, i64 tile) {
  i64 low = 0;
  i64 high = count - 1;
  while (low < high) {
    const i64 middle = (low + high + 1) / 2;
    if (tiles[middle] <= tile) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

/// Element e of x cos + rotate_half(x) sin.
__device__ inline float Rotated(
    const float* x, const float* cos, const float* sin, i64 e, i64 head_size) {
  const i64 half = head_size / 2;
  const float other = e < half ? -x[e + half] : x[e - half];
  return x[e] * cos[e] + other * sin[e];
}

/// Element e of the gradient with respect to x, given the gradient of the rotated vector.
__device__ inline float RotatedBack(
    const float* dy, const float* cos, const float* sin, i64 e, i64 head_size) {
  const i64 half = head_size / 2;
  const float other = e < half ? dy[e + half] * sin[e + half] : -dy[e - half] * sin[e - half];
  return dy[e] * cos[e] + other;
}

/// Element i of [N, 2KE]: rotated keys, then values.
__device__ inline float RotatedKeyValue(
    const AttentionShape& shape, const float* qkv, const float* cos, const float* sin, i64 i) {
  const i64 columns = shape.kv_columns();
  const i64 row = i / columns;
  const i64 column = i % columns;
  const i64 head = column / shape.head_size;
  const i64 e = column % shape.head_size;
  const float* x = qkv + row * shape.columns() + (shape.heads + head) * shape.head_size;
  if (head >= shape.kv_heads) return x[e];
  return Rotated(x, cos + row * shape.head_size, sin + row * shape.head_size, e, shape.head_size);
}

/// Fills `rows` x `columns` floats of shared memory, `stride` apart, with value(row, column).
template <typename Value>
__device__ inline void FillShared(float* to, int rows, int columns, int stride, Value value) {
  for (int i = static_cast<int>(threadIdx.x); i < rows * columns; i += kAttentionThreads) {
    to[i / columns * stride + i % columns] = value(i / columns, i % columns);
  }
}

/// dots[r] = rows[r] . tile[lane]; `rows` are the warp's, kChunks * 32 floats apart.
template <int kChunks, int kRows>
__device__ inline void TileDots(const float* rows, const float* tile, float (&dots)[kRows]) {
  constexpr int kColumns = kChunks * kWarp;
  const float* mine = tile + Lane() * (kColumns + kAttentionPad);
  for (int r = 0; r < kRows; ++r) dots[r] = 0.0f;
  for (int e = 0; e < kColumns; e += 4) {
    const float4 b = *reinterpret_cast<const float4*>(mine + e);
    for (int r = 0; r < kRows; ++r) {
      const float4 a = *reinterpret_cast<const float4*>(rows + r * kColumns + e);
      dots[r] += a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w;
    }
  }
}

/// sums[r][c] += sum_j weights[r][j] tile[j][lane + 32 c]; `weights` are the warp's, 32 floats
/// apart.
template <int kChunks, int kRows>
__device__ inline void TileAccumulate(
    const float* weights, const float* tile, float (&sums)[kRows][kChunks]) {
  constexpr int kStride = kChunks * kWarp + kAttentionPad;
  for (int j = 0; j < kAttentionTile; j += 4) {
    float x[4][kChunks];
    for (int i = 0; i < 4; ++i) {
      for (int c = 0; c < kChunks; ++c) x[i][c] = tile[(j + i) * kStride + c * kWarp + Lane()];
    }
    for (int r = 0; r < kRows; ++r) {
      const float4 w = *reinterpret_cast<const float4*>(weights + r * kAttentionTile + j);
      for (int c = 0; c < kChunks; ++c) {
        sums[r][c] += w.x * x[0][c] + w.y * x[1][c] + w.z * x[2][c] + w.w * x[3][c];
      }
    }
  }
}

}  // namespace rationale::cuda
