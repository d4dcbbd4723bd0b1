// Attention backward: dq by blocks of 32 query rows that walk over keys, dk and dv by blocks of 32
// key rows that walk over the queries that see them. Probabilities are made again from lse.
// Equations and shapes: attention.cuh.
#include "kernels/attention/attention_tile.cuh"

namespace rationale::cuda {

/// Grid (1), kAttentionThreads.
extern "C" __global__ void attention_backward_tiles_kernel(AttentionBackwardParams p) {
  CountTiles(p.segments, p.shape.segments, p.shape.rows, kBackwardRows, p.tiles);
}

/// One thread per element of kv.
extern "C" __global__ void attention_backward_key_values_kernel(AttentionBackwardParams p) {
  const i64 i = GlobalThread();
  if (i >= p.shape.rows * p.shape.kv_columns()) return;
  p.kv[i] = RotatedKeyValue(p.shape, p.qkv, p.cos, p.sin, i);
}

/// One warp per row and head: grid (ceil(NH / kAttentionWarps)), kAttentionThreads.
extern "C" __global__ void attention_delta_kernel(AttentionBackwardParams p) {
  const i64 i = static_cast<i64>(blockIdx.x) * kAttentionWarps + WarpIndex();
  if (i >= p.shape.rows * p.shape.heads) return;
  const i64 size = p.shape.head_size;
  float sum = 0.0f;
  for (i64 e = Lane(); e < size; e += kWarp) sum += p.dout[i * size + e] * p.out[i * size + e];
  sum = WarpSum(sum);
  if (Lane() == 0) p.delta[i] = sum;
}

namespace {

/// Shared memory of both kernels: two sets of stationary rows, two moving tiles, two sets of
/// weights.
template <int kChunks>
struct BackwardShared {
  static constexpr int kColumns = kChunks * kWarp;
  static constexpr int kStride = kColumns + kAttentionPad;
  float* rows_a;
  float* rows_b;
  float* tile_a;
  float* tile_b;
  float* weights_a;
  float* weights_b;

  __device__ static BackwardShared Take() {
    BackwardShared s;
    s.rows_a = DynamicShared<float>();
    s.rows_b = s.rows_a + kBackwardRows * kColumns;
    s.tile_a = s.rows_b + kBackwardRows * kColumns;
    s.tile_b = s.tile_a + kAttentionTile * kStride;
    s.weights_a = s.tile_b + kAttentionTile * kStride;
    s.weights_b = s.weights_a + kBackwardRows * kAttentionTile;
    return s;
  }
};

/// Element e of the rotated query of a row.
__device__ inline float RotatedQuery(const AttentionBackwardParams& p, i64 row, i64 head, i64 e) {
  const i64 size = p.shape.head_size;
  const float* x = p.qkv + row * p.shape.columns() + head * size;
  return Rotated(x, p.cos + row * size, p.sin + row * size, e, size);
}

/// dq of the warp's rows from keys first_key .. first_key + count - 1; causality as in the forward
/// pass.
template <int kChunks>
__device__ void GatherKeys(
    const AttentionBackwardParams& p,
    const BackwardShared<kChunks>& shared,
    i64 kv_head,
    i64 first_key,
    i64 count,
    bool causal,
    i64 visible_from_zero,
    const float (&lse)[kBackwardRowsPerWarp],
    const float (&delta)[kBackwardRowsPerWarp],
    float (&dq)[kBackwardRowsPerWarp][kChunks]) {
  using Shared = BackwardShared<kChunks>;
  const i64 size = p.shape.head_size;
  const i64 kv_columns = p.shape.kv_columns();
  const int first = WarpIndex() * kBackwardRowsPerWarp;
  float* weights = shared.weights_a + first * kAttentionTile;
  for (i64 k0 = 0; k0 < count; k0 += kAttentionTile) {
    const float* keys = p.kv + (first_key + k0) * kv_columns + kv_head * size;
    const float* values = keys + p.shape.kv_heads * size;
    const i64 left = count - k0;
    __syncthreads();  // The previous tiles have been read.
    FillShared(shared.tile_a, kAttentionTile, Shared::kColumns, Shared::kStride, [&](int j, int e) {
      return j < left && e < size ? keys[j * kv_columns + e] : 0.0f;
    });
    FillShared(shared.tile_b, kAttentionTile, Shared::kColumns, Shared::kStride, [&](int j, int e) {
      return j < left && e < size ? values[j * kv_columns + e] : 0.0f;
    });
    __syncthreads();
    float scores[kBackwardRowsPerWarp];
    float dweights[kBackwardRowsPerWarp];
    TileDots<kChunks>(shared.rows_a + first * Shared::kColumns, shared.tile_a, scores);
    TileDots<kChunks>(shared.rows_b + first * Shared::kColumns, shared.tile_b, dweights);
    for (int r = 0; r < kBackwardRowsPerWarp; ++r) {
      const i64 visible = causal && visible_from_zero + r < count ? visible_from_zero + r : count;
      const float weight = k0 + Lane() < visible ? expf(p.shape.scale * scores[r] - lse[r]) : 0.0f;
      weights[r * kAttentionTile + Lane()] = weight * (dweights[r] - delta[r]) * p.shape.scale;
    }
    __syncwarp();
    TileAccumulate<kChunks>(weights, shared.tile_a, dq);
  }
}

template <int kChunks>
__device__ void AttentionQueryGradBlock(const AttentionBackwardParams& p) {
  using Shared = BackwardShared<kChunks>;
  const AttentionShape& shape = p.shape;
  if (static_cast<i64>(blockIdx.x) >= p.tiles[shape.segments]) return;
  const i64 segment = SegmentOfTile(p.tiles, shape.segments, blockIdx.x);
  const Segment s = ReadSegment(p.segments, segment, shape.rows);
  const i64 begin = (static_cast<i64>(blockIdx.x) - p.tiles[segment]) * kBackwardRows;
  const i64 left = s.length - begin;
  const i64 row0 = s.start + begin;
  const i64 head = blockIdx.y;
  const i64 kv_head = head / (shape.heads / shape.kv_heads);
  const i64 size = shape.head_size;
  const Shared shared = Shared::Take();
  FillShared(shared.rows_a, kBackwardRows, Shared::kColumns, Shared::kColumns, [&](int r, int e) {
    return r < left && e < size ? RotatedQuery(p, row0 + r, head, e) : 0.0f;
  });
  FillShared(shared.rows_b, kBackwardRows, Shared::kColumns, Shared::kColumns, [&](int r, int e) {
    return r < left && e < size ? p.dout[((row0 + r) * shape.heads + head) * size + e] : 0.0f;
  });

  const int first = WarpIndex() * kBackwardRowsPerWarp;
  float lse[kBackwardRowsPerWarp];
  float delta[kBackwardRowsPerWarp];
  float dq[kBackwardRowsPerWarp][kChunks];
  for (int r = 0; r < kBackwardRowsPerWarp; ++r) {
    const bool there = first + r < left;
    const i64 i = (row0 + first + r) * shape.heads + head;
    lse[r] = there ? p.lse[i] : 0.0f;
    delta[r] = there ? p.delta[i] : 0.0f;
    for (int c = 0; c < kChunks; ++c) dq[r][c] = 0.0f;
  }
  const bool causal = shape.causal != 0;
  const i64 end = begin + kBackwardRows < s.length ? begin + kBackwardRows : s.length;
  GatherKeys<kChunks>(
      p, shared, kv_head, s.prefix_start, s.prefix_length, false, 0, lse, delta, dq);
  GatherKeys<kChunks>(
      p,
      shared,
      kv_head,
      s.start,
      causal ? end : s.length,
      causal,
      begin + first + 1,
      lse,
      delta,
      dq);

  // Rotating back needs the other half of the row: through the warp's own query rows, now free.
  float* turned = shared.rows_a + first * Shared::kColumns;
  __syncwarp();
  for (int r = 0; r < kBackwardRowsPerWarp; ++r) {
    for (int c = 0; c < kChunks; ++c) turned[r * Shared::kColumns + c * kWarp + Lane()] = dq[r][c];
  }
  __syncwarp();
  for (int r = 0; r < kBackwardRowsPerWarp; ++r) {
    if (first + r >= left) continue;
    const i64 row = row0 + first + r;
    float* to = p.dqkv + row * shape.columns() + head * size;
    for (i64 e = Lane(); e < size; e += kWarp) {
      to[e] =
          s.valid
              ? RotatedBack(
                    turned + r * Shared::kColumns, p.cos + row * size, p.sin + row * size, e, size)
              : QuietNan();
    }
  }
}

/// Which key rows a stretch of queries sees: [low, high), and under `causal` none after the query
/// itself.
struct Sight {
  i64 low;
  i64 high;
  bool causal;
};

/// dk, dv of the block's key rows from the queries of one segment and head.
template <int kChunks>
__device__ void GatherQueries(
    const AttentionBackwardParams& p,
    const BackwardShared<kChunks>& shared,
    i64 head,
    i64 key0,
    i64 first_query,
    i64 end_query,
    Sight sight,
    float (&dk)[kBackwardRowsPerWarp][kChunks],
    float (&dv)[kBackwardRowsPerWarp][kChunks]) {
  using Shared = BackwardShared<kChunks>;
  const i64 size = p.shape.head_size;
  const int first = WarpIndex() * kBackwardRowsPerWarp;
  float* weights = shared.weights_a + first * kAttentionTile;
  float* dscores = shared.weights_b + first * kAttentionTile;
  for (i64 q0 = first_query; q0 < end_query; q0 += kAttentionTile) {
    const i64 left = end_query - q0;
    __syncthreads();  // The previous tiles have been read.
    FillShared(shared.tile_a, kAttentionTile, Shared::kColumns, Shared::kStride, [&](int i, int e) {
      return i < left && e < size ? RotatedQuery(p, q0 + i, head, e) : 0.0f;
    });
    FillShared(shared.tile_b, kAttentionTile, Shared::kColumns, Shared::kStride, [&](int i, int e) {
      return i < left && e < size ? p.dout[((q0 + i) * p.shape.heads + head) * size + e] : 0.0f;
    });
    __syncthreads();
    float scores[kBackwardRowsPerWarp];
    float dweights[kBackwardRowsPerWarp];
    TileDots<kChunks>(shared.rows_a + first * Shared::kColumns, shared.tile_a, scores);
    TileDots<kChunks>(shared.rows_b + first * Shared::kColumns, shared.tile_b, dweights);
    const i64 query = q0 + Lane();
    const bool there = query < end_query;
    const float lse = there ? p.lse[query * p.shape.heads + head] : 0.0f;
    const float delta = there ? p.delta[query * p.shape.heads + head] : 0.0f;
    for (int r = 0; r < kBackwardRowsPerWarp; ++r) {
      const i64 key = key0 + first + r;
      const bool visible =
          there && key >= sight.low && key < sight.high && (!sight.causal || key <= query);
      const float weight = visible ? expf(p.shape.scale * scores[r] - lse) : 0.0f;
      weights[r * kAttentionTile + Lane()] = weight;
      dscores[r * kAttentionTile + Lane()] = weight * (dweights[r] - delta) * p.shape.scale;
    }
    __syncwarp();
    TileAccumulate<kChunks>(weights, shared.tile_b, dv);
    TileAccumulate<kChunks>(dscores, shared.tile_a, dk);
  }
}

template <int kChunks>
__device__ void AttentionKeyGradBlock(const AttentionBackwardParams& p) {
  using Shared = BackwardShared<kChunks>;
  const AttentionShape& shape = p.shape;
  const i64 key0 = static_cast<i64>(blockIdx.x) * kBackwardRows;
  const i64 key_end = key0 + kBackwardRows < shape.rows ? key0 + kBackwardRows : shape.rows;
  const i64 kv_head = blockIdx.y;
  const i64 group = shape.heads / shape.kv_heads;
  const i64 size = shape.head_size;
  const i64 kv_columns = shape.kv_columns();
  const Shared shared = Shared::Take();
  const float* keys = p.kv + key0 * kv_columns + kv_head * size;
  const float* values = keys + shape.kv_heads * size;
  FillShared(shared.rows_a, kBackwardRows, Shared::kColumns, Shared::kColumns, [&](int r, int e) {
    return key0 + r < key_end && e < size ? keys[r * kv_columns + e] : 0.0f;
  });
  FillShared(shared.rows_b, kBackwardRows, Shared::kColumns, Shared::kColumns, [&](int r, int e) {
    return key0 + r < key_end && e < size ? values[r * kv_columns + e] : 0.0f;
  });

  float dk[kBackwardRowsPerWarp][kChunks];
  float dv[kBackwardRowsPerWarp][kChunks];
  for (int r = 0; r < kBackwardRowsPerWarp; ++r) {
    for (int c = 0; c < kChunks; ++c) dk[r][c] = dv[r][c] = 0.0f;
  }
  const bool causal = shape.causal != 0;
  for (i64 m = 0; m < shape.segments; ++m) {
    const Segment s = ReadSegment(p.segments, m, shape.rows);
    const i64 end = s.start + s.length;
    const bool own = s.start < key_end && end > key0;
    const bool prefix = s.prefix_start < key_end && s.prefix_start + s.prefix_length > key0;
    for (i64 g = 0; g < group; ++g) {
      const i64 head = kv_head * group + g;
      if (prefix) {
        const Sight sight{s.prefix_start, s.prefix_start + s.prefix_length, false};
        GatherQueries<kChunks>(p, shared, head, key0, s.start, end, sight, dk, dv);
      }
      if (own) {
        const i64 from = causal && key0 > s.start ? key0 : s.start;
        GatherQueries<kChunks>(
            p, shared, head, key0, from, end, Sight{s.start, end, causal}, dk, dv);
      }
    }
  }

  const int first = WarpIndex() * kBackwardRowsPerWarp;
  float* turned = shared.rows_a + first * Shared::kColumns;
  __syncwarp();
  for (int r = 0; r < kBackwardRowsPerWarp; ++r) {
    for (int c = 0; c < kChunks; ++c) turned[r * Shared::kColumns + c * kWarp + Lane()] = dk[r][c];
  }
  __syncwarp();
  for (int r = 0; r < kBackwardRowsPerWarp; ++r) {
    const i64 row = key0 + first + r;
    if (row >= key_end) continue;
    float* to = p.dqkv + row * shape.columns() + (shape.heads + kv_head) * size;
    for (int c = 0; c < kChunks; ++c) {
      const i64 e = c * kWarp + Lane();
      if (e >= size) continue;
      to[e] = RotatedBack(
          turned + r * Shared::kColumns, p.cos + row * size, p.sin + row * size, e, size);
      to[shape.kv_heads * size + e] = dv[r][c];
    }
  }
}

}  // namespace

// dq: grid (most query tiles there can be, H), kAttentionThreads, AttentionBackwardShared(chunks)
// bytes.
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_query_grad_kernel_1(AttentionBackwardParams p) {
  AttentionQueryGradBlock<1>(p);
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_query_grad_kernel_2(AttentionBackwardParams p) {
  AttentionQueryGradBlock<2>(p);
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_query_grad_kernel_3(AttentionBackwardParams p) {
  AttentionQueryGradBlock<3>(p);
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_query_grad_kernel_4(AttentionBackwardParams p) {
  AttentionQueryGradBlock<4>(p);
}

// dk and dv: grid (ceil(N / kBackwardRows), K), kAttentionThreads, the same shared memory.
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_key_grad_kernel_1(AttentionBackwardParams p) {
  AttentionKeyGradBlock<1>(p);
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_key_grad_kernel_2(AttentionBackwardParams p) {
  AttentionKeyGradBlock<2>(p);
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_key_grad_kernel_3(AttentionBackwardParams p) {
  AttentionKeyGradBlock<3>(p);
}
extern "C" __global__ void __launch_bounds__(kAttentionThreads)
    attention_key_grad_kernel_4(AttentionBackwardParams p) {
  AttentionKeyGradBlock<4>(p);
}

}  // namespace rationale::cuda
