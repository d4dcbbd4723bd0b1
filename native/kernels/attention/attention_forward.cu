// Attention forward: keys are rotated once, then one block per 64 query rows of a segment and head
// walks over its keys, 32 at a time, with a running maximum. Equations and shapes: attention.cuh.
#include "kernels/attention/attention_tile.cuh"

namespace rationale::cuda {

/// Grid (1), kAttentionThreads.
extern "C" __global__ void attention_tiles_kernel(AttentionForwardParams p) {
  CountTiles(p.segments, p.shape.segments, p.shape.rows, kForwardRows, p.tiles);
}

/// One thread per element of kv.
extern "C" __global__ void attention_key_values_kernel(AttentionForwardParams p) {
  const i64 i = GlobalThread();
  if (i >= p.shape.rows * p.shape.kv_columns()) return;
  p.kv[i] = RotatedKeyValue(p.shape, p.qkv, p.cos, p.sin, i);
}

/// One thread per element of lse: what rows in no segment keep. `out` is cleared by the launcher.
extern "C" __global__ void attention_uncovered_kernel(AttentionForwardParams p) {
  const i64 i = GlobalThread();
  if (i < p.shape.rows * p.shape.heads) p.lse[i] = MinusInfinity();
}

namespace {

/// The state of a warp's rows: running maximum (equal in all lanes), this lane's share of the sum,
/// and this lane's columns of the weighted values.
template <int kChunks>
struct RunningRows {
  float maximum[kForwardRowsPerWarp];
  float sum[kForwardRowsPerWarp];
  float out[kForwardRowsPerWarp][kChunks];
};

/// Keys first_key .. first_key + count - 1. `visible_from_zero` + r keys are visible to the warp's
/// row r when `causal`, all otherwise.
template <int kChunks>
__device__ void AttendKeys(
    const AttentionForwardParams& p,
    i64 kv_head,
    i64 first_key,
    i64 count,
    bool causal,
    i64 visible_from_zero,
    const float* queries,
    float* tile,
    float* weights,
    RunningRows<kChunks>& state) {
  constexpr int kColumns = kChunks * kWarp;
  constexpr int kStride = kColumns + kAttentionPad;
  const i64 size = p.shape.head_size;
  const i64 kv_columns = p.shape.kv_columns();
  for (i64 k0 = 0; k0 < count; k0 += kAttentionTile) {
    const float* keys = p.kv + (first_key + k0) * kv_columns + kv_head * size;
    const float* values = keys + p.shape.kv_heads * size;
    const i64 left = count - k0;
    __syncthreads();  // The previous values have been read.
    FillShared(tile, kAttentionTile, kColumns, kStride, [&](int j, int e) {
      return j < left && e < size ? keys[j * kv_columns + e] : 0.0f;
    });
    __syncthreads();
    float scores[kForwardRowsPerWarp];
    TileDots<kChunks>(queries, tile, scores);
    __syncthreads();  // The keys have been read.
    FillShared(tile, kAttentionTile, kColumns, kStride, [&](int j, int e) {
      return j < left && e < size ? values[j * kv_columns + e] : 0.0f;
    });
    for (int r = 0; r < kForwardRowsPerWarp; ++r) {
      const i64 visible = causal && visible_from_zero + r < count ? visible_from_zero + r : count;
      const float score = k0 + Lane() < visible ? scores[r] : MinusInfinity();
      const float highest = WarpMax(score);
      const float maximum = highest > state.maximum[r] ? highest : state.maximum[r];
      // Until a row has seen a key its maximum is -inf, and -inf - -inf is not a number.
      const bool seen = maximum > MinusInfinity();
      const float shrink = seen ? expf(state.maximum[r] - maximum) : 1.0f;
      const float weight = seen ? expf(score - maximum) : 0.0f;
      state.maximum[r] = maximum;
      state.sum[r] = state.sum[r] * shrink + weight;
      for (int c = 0; c < kChunks; ++c) state.out[r][c] *= shrink;
      weights[r * kAttentionTile + Lane()] = weight;
    }
    __syncthreads();  // The values are there, and so are this warp's weights.
    TileAccumulate<kChunks>(weights, tile, state.out);
  }
}

template <int kChunks>
__device__ void AttentionForwardBlock(const AttentionForwardParams& p) {
  constexpr int kColumns = kChunks * kWarp;
  const AttentionShape& shape = p.shape;
  if (static_cast<i64>(blockIdx.x) >= p.tiles[shape.segments]) return;
  const i64 segment = SegmentOfTile(p.tiles, shape.segments, blockIdx.x);
  const Segment s = ReadSegment(p.segments, segment, shape.rows);
  const i64 begin = (static_cast<i64>(blockIdx.x) - p.tiles[segment]) * kForwardRows;
  const i64 left = s.length - begin;
  const i64 head = blockIdx.y;
  const i64 kv_head = head / (shape.heads / shape.kv_heads);
  const i64 size = shape.head_size;

  float* all_queries = DynamicShared<float>();
  float* tile = all_queries + kForwardRows * kColumns;
  float* all_weights = tile + kAttentionTile * (kColumns + kAttentionPad);
  FillShared(all_queries, kForwardRows, kColumns, kColumns, [&](int r, int e) {
    if (r >= left || e >= size) return 0.0f;
    const i64 row = s.start + begin + r;
    const float* x = p.qkv + row * shape.columns() + head * size;
    return shape.scale * Rotated(x, p.cos + row * size, p.sin + row * size, e, size);
  });

  const i64 first = WarpIndex() * kForwardRowsPerWarp;  // Of this warp's rows, in the tile.
  const float* queries = all_queries + first * kColumns;
  float* weights = all_weights + first * kAttentionTile;
  RunningRows<kChunks> state;
  for (int r = 0; r < kForwardRowsPerWarp; ++r) {
    state.maximum[r] = MinusInfinity();
    state.sum[r] = 0.0f;
    for (int c = 0; c < kChunks; ++c) state.out[r][c] = 0.0f;
  }
  const bool causal = shape.causal != 0;
  AttendKeys<kChunks>(
      p, kv_head, s.prefix_start, s.prefix_length, false, 0, queries, tile, weights, state);
  const i64 end = begin + kForwardRows < s.length ? begin + kForwardRows : s.length;
  AttendKeys<kChunks>(
      p,
      kv_head,
      s.start,
      causal ? end : s.length,
      causal,
      begin + first + 1,
      queries,
      tile,
      weights,
      state);

  for (int r = 0; r < kForwardRowsPerWarp; ++r) {
    const float sum = WarpSum(state.sum[r]);
    if (first + r >= left) continue;
    const i64 row = s.start + begin + first + r;
    if (Lane() == 0) {
      p.lse[row * shape.heads + head] = s.valid ? state.maximum[r] + logf(sum) : QuietNan();
    }
    float* out = p.out + (row * shape.heads + head) * size;
    for (int c = 0; c < kChunks; ++c) {
      const i64 e = c * kWarp + Lane();
      if (e < size) out[e] = s.valid ? state.out[r][c] / sum : QuietNan();
    }
  }
}

}  // namespace

// Grid (most query tiles there can be, H), kAttentionThreads, AttentionForwardShared(chunks) bytes.
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_forward_kernel_1(AttentionForwardParams p) {
  AttentionForwardBlock<1>(p);
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_forward_kernel_2(AttentionForwardParams p) {
  AttentionForwardBlock<2>(p);
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_forward_kernel_3(AttentionForwardParams p) {
  AttentionForwardBlock<3>(p);
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_forward_kernel_4(AttentionForwardParams p) {
  AttentionForwardBlock<4>(p);
}

}  // namespace rationale::cuda
